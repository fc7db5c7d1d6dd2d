"""What a new password must satisfy, and how it is kept."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Account
from banyan.core.identity.policy.models import FormerPassword
from banyan.core.identity.policy.queries import rules_for_account, words_known_of
from banyan.core.identity.policy.rules import SignInRules, password_problems
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.visitors import NOBODY, Visitor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid

#: More are not kept, whatever an organization says later.
MOST_FORMER = 24


@transaction.atomic
def set_password(
    account: Account, password: str, *, visitor: Visitor = NOBODY, joining: uuid.UUID | None = None
) -> None:
    """Give an account a password; raise ``Invalid`` when the rules of its organizations refuse it.

    ``joining`` is an organization whose rules hold already though the account does not belong to it yet.

    The one before is remembered as a hash, as far as an organization asks for that.
    """
    rules = rules_for_account(account, joining=joining)
    problems = _problems(account, password, rules)
    if problems:
        raise Invalid([FieldError("password", "weak_password", message) for message in problems])
    _remember_former(account, rules)
    is_first = not account.password
    account.password = make_password(password)
    account.password_changed_at = now()
    account.save()
    if not is_first:
        record_security_event(SecurityKind.PASSWORD_CHANGED, account=account, visitor=visitor)


def password_help(rules: SignInRules) -> str:
    """Say in words what a password must look like."""
    if rules.character_classes > 1:
        return _("At least %(length)d characters of %(classes)d kinds: small letters, capitals, digits, others.") % {
            "length": rules.min_length,
            "classes": rules.character_classes,
        }
    return _("At least %(length)d characters; a sentence is best.") % {"length": rules.min_length}


def _problems(account: Account, password: str, rules: SignInRules) -> list[Any]:
    said = {
        "too_short": _("The password needs at least %(length)d characters.") % {"length": rules.min_length},
        "too_few_classes": _("Use at least %(classes)d of these: small letters, capitals, digits, other characters.")
        % {"classes": rules.character_classes},
        "predictable": _("Others would guess it: do not build it from names, the company, pinyin or a birthday."),
    }
    problems: list[Any] = [said[code] for code in password_problems(password, rules, words=words_known_of(account))]
    try:
        validate_password(password, account)
    except ValidationError as refused:
        problems += refused.messages
    if not problems and _was_used(account, password, rules):
        problems.append(_("You had this password before. Choose one you have not used yet."))
    return problems


def _was_used(account: Account, password: str, rules: SignInRules) -> bool:
    if not rules.history or account._state.adding:  # noqa: SLF001 Django's own way to tell what is not stored yet
        return False
    former = FormerPassword.objects.filter(account=account).values_list("password", flat=True)[: rules.history - 1]
    return any(check_password(password, known) for known in (account.password, *former) if known)


def _remember_former(account: Account, rules: SignInRules) -> None:
    if not rules.history or account._state.adding or not account.has_usable_password():  # noqa: SLF001 as above
        return
    FormerPassword.objects.create(account=account, password=account.password)
    kept = FormerPassword.objects.filter(account=account).values_list("pk", flat=True)[:MOST_FORMER]
    FormerPassword.objects.filter(account=account).exclude(pk__in=list(kept)).delete()
