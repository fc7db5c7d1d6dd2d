"""Making a colleague anonymous who has left: name, address and account go, what the company has to prove stays, and is told.

What a colleague did stays with the pseudonym, by the id of the user: records, approvals and the change log mean nothing
without somebody who did it. It is little and known where it stands, so it is done at once.
"""

from __future__ import annotations

import calendar
import secrets
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.audit.models import Alert, Entry
from banyan.core.audit.notes import note, note_erasure
from banyan.core.audit.policy import Policy
from banyan.core.identity.models import Account, ApiToken, Invitation, Session, User
from banyan.core.identity.providers.models import ExternalIdentity, ProvisionedMember, ProvisionedPerson
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.objects.registry import specs_for
from banyan.core.records.models import Change
from banyan.privacy.choices import ErasureState
from banyan.privacy.models import Erasure
from banyan.privacy.services.erasing import ERASED

#: In the place of an object's name, and as the set-up log calls people.
COLLEAGUE = "user"
PERSONAL = ("name", "email", "phone", "title")
_FORGOTTEN = [None, None]
_PER_PERSON = (ApiToken, Invitation, ExternalIdentity, ProvisionedPerson, ProvisionedMember)


@dataclass(frozen=True)
class ColleaguePlan:
    """What erasing a colleague would touch, what stays and why, and what people should look at first."""

    user: User
    changes: int
    sign_ins: int
    is_account_shared: bool
    owned: int
    kept: list[dict[str, Any]]


def former_colleagues(actor: Actor) -> list[User]:
    """Return the people who have left and are not anonymous yet, by name."""
    require_ability(actor, Ability.MANAGE_PRIVACY)
    erased = Erasure.objects.filter(object_name=COLLEAGUE).values("record_id")
    return list(User.objects.filter(is_active=False).exclude(pk__in=erased))


def plan_for_colleague(actor: Actor, user_id: uuid.UUID) -> ColleaguePlan:
    """Return what erasing a colleague would do.

    Raises ``Missing`` for somebody who is not among the people or is anonymous already, ``Refused`` for somebody who
    still works here.
    """
    require_ability(actor, Ability.MANAGE_PRIVACY)
    return _plan(actor, _former(user_id))


@transaction.atomic
def erase_colleague(actor: Actor, user_id: uuid.UUID) -> Erasure:
    """Make a colleague anonymous and return the certificate; raises as ``plan_for_colleague``."""
    require_ability(actor, Ability.MANAGE_PRIVACY)
    User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    user = _former(user_id)
    plan = _plan(actor, user)
    pseudonym = _("Former colleague %(code)s") % {"code": secrets.token_hex(3).upper()}
    entries = _forget_signing_in(user)
    changed = _forget_in_log(user)
    alerts = Alert.objects.filter(user_id=user.pk).update(person=pseudonym)
    user.name, user.phone, user.title, user.preferences, user.account = pseudonym, "", "", {}, None
    # Nobody has an address of this domain, and never will (RFC 2606).
    user.email = f"{user.pk.hex}@erased.invalid"
    user.save(update_fields=["name", "email", "phone", "title", "preferences", "account"])
    counts = {
        "identity_user": {"anonymised": 1, "log_entries": len(changed)},
        "identity_account": {"deleted": entries},
        "audit_alert": {"anonymised": alerts},
    }
    erasure = Erasure.objects.create(
        organization_id=actor.organization_id,
        object_name=COLLEAGUE,
        record_id=user.pk,
        pseudonym=pseudonym,
        state=ErasureState.DONE,
        counts={table: numbers for table, numbers in counts.items() if any(numbers.values())},
        kept=plan.kept,
        review_on=max((date.fromisoformat(entry["until"]) for entry in plan.kept), default=None),
        actor_id=actor.user_id,
        done_at=now(),
    )
    if changed:
        note_erasure(actor, changed, reason=f"{ERASED} {erasure.pk}")
    note(actor, ERASED, object_name=COLLEAGUE, record_id=user.pk, details={"certificate": str(erasure.pk)})
    return erasure


def _former(user_id: uuid.UUID) -> User:
    user = User.objects.select_related("account").filter(pk=user_id).first()
    if user is None or Erasure.objects.filter(object_name=COLLEAGUE, record_id=user_id).exists():
        raise Missing("not_found", _("There is no such person."))
    if user.is_active:
        message = _("%(name)s still works here. Deactivate the person first, and hand over what they own.")
        raise Refused("still_active", message % {"name": user.name})
    return user


def _plan(actor: Actor, user: User) -> ColleaguePlan:
    account = user.account
    return ColleaguePlan(
        user=user,
        changes=len(_telling(user)),
        sign_ins=Session.objects.filter(account=account).count() if account else 0,
        is_account_shared=bool(account and set(account.organization_ids) - {user.organization_id}),
        owned=_owned(actor, user),
        kept=_kept(actor, user),
    )


def _owned(actor: Actor, user: User) -> int:
    """Return how many records still belong to the person and should be handed over."""
    return sum(
        spec.model._default_manager.filter(owner_id=user.pk, deleted_at__isnull=True).count()  # noqa: SLF001 Django's public model API is named so
        for spec in specs_for(actor.organization).values()
        if "owner" in spec.all_fields
    )


def _kept(actor: Actor, user: User) -> list[dict[str, Any]]:
    """Return what stays and why: what the person did in the audit log, which nobody can change."""
    entries = Entry.objects.filter(user_id=user.pk)
    latest = entries.values_list("at", flat=True).first()
    if latest is None:
        return []
    return [
        {
            "object": "audit_log",
            "count": entries.count(),
            "reason": _("The log of who signed in and did what proves itself by a chain and goes as a whole when its time is over."),
            "law": _("Cybersecurity Law of China, article 21; GDPR, article 17(3)(e)"),
            "until": _months_after(max(latest.date(), today(actor.time_zone)), Policy.of(actor.organization)).isoformat(),
            "fields": [],
        }
    ]  # fmt: skip


def _months_after(day: date, policy: Policy) -> date:
    years, month = divmod(day.month - 1 + policy.audit_months, 12)
    year = day.year + years
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def _telling(user: User) -> list[Change]:
    """Return the entries of the change log that hold an old or new name, address or phone of the person."""
    rows = Change.objects.filter(object_name=COLLEAGUE, record_id=user.pk).exclude(values={})
    return [row for row in rows if set(PERSONAL) & set(row.values)]


def _forget_in_log(user: User) -> list[uuid.UUID]:
    changed = []
    for row in _telling(user):
        row.values = {name: _FORGOTTEN if name in PERSONAL else pair for name, pair in row.values.items()}
        Change.objects.filter(pk=row.pk).update(values=row.values)
        changed.append(row.pk)
    return changed


def _forget_signing_in(user: User) -> int:
    """Delete by what the person signed in here; an account of other organizations goes on there."""
    deleted = 0
    for model in _PER_PERSON:
        deleted += model._default_manager.filter(user=user).delete()[0]  # noqa: SLF001 as above
    account = user.account
    if account is None:
        return deleted
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    Session.objects.filter(account=account, organization_id=user.organization_id).delete()
    account.organization_ids = [each for each in account.organization_ids if each != user.organization_id]
    User.objects.filter(pk=user.pk).update(account=None)
    if account.organization_ids:
        account.save(update_fields=["organization_ids"])
        return deleted
    account.delete()
    return deleted + 1
