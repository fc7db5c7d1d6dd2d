"""Who stands in for whom while somebody is away."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.models import Deputyship
from banyan.core.access.people import find_person
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed

DEPUTYSHIP = "deputyship"


def deputies_of(user_id: uuid.UUID) -> list[Deputyship]:
    """Return who stands in for a person, now, later or earlier, the latest first."""
    return list(Deputyship.objects.filter(user_id=user_id).select_related("deputy"))


def deputising(user_id: uuid.UUID, day: date) -> list[Deputyship]:
    """Return for whom a person stands in on a day."""
    running = Deputyship.objects.filter(deputy_id=user_id, starts_on__lte=day, ends_on__gte=day)
    return list(running.select_related("user"))


def deputies_on(user_ids: Collection[uuid.UUID], day: date) -> list[uuid.UUID]:
    """Return who stands in for any of these people on a day."""
    running = Deputyship.objects.filter(user_id__in=user_ids, starts_on__lte=day, ends_on__gte=day)
    return list(running.values_list("deputy_id", flat=True))


@dataclass(frozen=True)
class Absence:
    """From which day to which somebody is away, both included, and how far the deputy may go."""

    starts_on: date
    ends_on: date
    with_rights: bool = False
    note: str = ""


@transaction.atomic
def name_deputy(actor: Actor, user_id: uuid.UUID, deputy: User, absence: Absence) -> Deputyship:
    """Let a colleague stand in for a person: for oneself, or for others by those who manage people.

    Raises ``Invalid`` when the days make no sense or the deputy is the person or cannot sign in, ``NotAllowed``
    for somebody else's absence.
    """
    _require(actor, user_id)
    user = find_person(user_id)
    errors = []
    if absence.ends_on < absence.starts_on:
        errors.append(FieldError("ends_on", "before_start", _("The last day lies before the first one.")))
    elif absence.ends_on < today(actor.time_zone):
        errors.append(FieldError("ends_on", "in_the_past", _("The last day has passed already.")))
    if deputy.pk == user.pk:
        errors.append(FieldError("deputy", "same_person", _("Nobody stands in for themselves.")))
    elif not deputy.is_active:
        errors.append(FieldError("deputy", "inactive", _("%(name)s is deactivated.") % {"name": deputy.name}))
    if errors:
        raise Invalid(errors)
    made = Deputyship.objects.create(
        organization=actor.organization,
        user=user,
        deputy=deputy,
        starts_on=absence.starts_on,
        ends_on=absence.ends_on,
        with_rights=absence.with_rights,
        note=absence.note.strip()[:200],
    )
    tell_setup_changed(actor, DEPUTYSHIP, made.pk, "create", values={k: (None, v) for k, v in _described(made).items()})
    return made


@transaction.atomic
def end_deputyship(actor: Actor, deputyship_id: uuid.UUID) -> User:
    """End a deputyship, or call off one that has not begun; return whose it was. Raises ``Missing``."""
    found = Deputyship.objects.select_related("user", "deputy").filter(pk=deputyship_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such deputyship; it may have been ended already."))
    _require(actor, found.user_id)
    values = {key: (value, None) for key, value in _described(found).items()}
    tell_setup_changed(actor, DEPUTYSHIP, found.pk, "delete", values=values)
    found.delete()
    return found.user


def _require(actor: Actor, user_id: uuid.UUID) -> None:
    if actor.user_id != user_id and not actor.has(Ability.MANAGE_PEOPLE):
        raise NotAllowed("not_allowed", _("You may name a deputy for yourself only."))


def _described(row: Deputyship) -> dict[str, Any]:
    return {
        "user": row.user.name,
        "deputy": row.deputy.name,
        "days": f"{row.starts_on.isoformat()} – {row.ends_on.isoformat()}",
        "with_rights": row.with_rights,
    }
