"""Which rules hold for an organization, and for an account that several organizations share."""

from __future__ import annotations

import re
import uuid

from banyan.core.identity.models import Account, User
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.policy.rules import SignInRules, strictest
from banyan.core.kernel.text.companies import company_core
from banyan.core.kernel.text.pinyin import full, initials
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

#: Words that everybody tries first, beside the list of common passwords.
USUAL_WORDS = ("banyan", "rongshu", "crm", "woaini", "iloveyou", "admin", "administrator", "password", "qwerty", "mima")
LEAST_INITIALS = 3


def policy_of(organization_id: uuid.UUID) -> SignInPolicy:
    """Return the policy of an organization; one with the standard rules, not stored, when none was chosen."""
    with organization_scope(organization_id):
        found = SignInPolicy.objects.filter(organization_id=organization_id).first()
    return found or SignInPolicy(organization_id=organization_id)


def rules_of(organization_id: uuid.UUID) -> SignInRules:
    """Return the rules of an organization."""
    return policy_of(organization_id).rules


def rules_for_account(account: Account, *, joining: uuid.UUID | None = None) -> SignInRules:
    """Return rules that satisfy every organization that an account belongs to, or is about to join."""
    concerned = {*account.organization_ids, *([joining] if joining else [])}
    return strictest(rules_of(organization_id) for organization_id in sorted(concerned))


def rules_for_email(email: str) -> SignInRules:
    """Return the rules for whoever has an e-mail address; the standard rules when nobody does."""
    account = Account.objects.filter(email=email.strip().lower()).first()
    return rules_for_account(account) if account else SignInRules()


def words_known_of(account: Account) -> list[str]:
    """Return what others know of a person and might try as a password: names, company, pinyin, address."""
    local, _at, domain = account.email.partition("@")
    words = [*USUAL_WORDS, local, *re.split(r"[._-]+", local), domain.partition(".")[0]]
    for organization in Organization.objects.filter(pk__in=account.organization_ids):
        words += _spelled(company_core(organization.name) or organization.name)
        with organization_scope(organization.pk):
            user = User.objects.filter(account=account).first()
        words += _spelled(user.name) if user else []
    return list(dict.fromkeys(word.casefold() for word in words if len(word) > 1))


def _spelled(name: str) -> list[str]:
    short = initials(name)
    return [name, *name.split(), full(name), *([short] if len(short) >= LEAST_INITIALS else [])]
