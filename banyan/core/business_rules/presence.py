"""Who can take records now: active, not away, at work, not full; and what each of them can."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.models import Deputyship, PostHolding, TerritoryMember
from banyan.core.access.scopes import Ability
from banyan.core.business_rules.choices import TakerKind
from banyan.core.business_rules.models import Availability
from banyan.core.identity.models import User, UserRole
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.text.folding import letters_and_digits
from banyan.core.listing.filters import live_rows, parse_tree, to_q
from banyan.core.objects.spec import ObjectSpec

#: Why somebody was passed over.
AWAY, OFF_DUTY, FULL, PAUSED, INACTIVE, UNSKILLED = "away", "off_duty", "full", "paused", "inactive", "unskilled"
MOST_SKILLS = 50


@dataclass(frozen=True)
class Terms:
    """When and how much somebody takes, and what they can."""

    skills: frozenset[str] = frozenset()
    most_open: int | None = None
    days: frozenset[int] = frozenset()
    starts_at: time | None = None
    ends_at: time | None = None
    takes_nothing: bool = False

    def are_on_duty(self, moment: datetime) -> bool:
        """Say whether a moment, in the person's time zone, is within their hours; hours may pass midnight."""
        starts, ends, clock = self.starts_at or time.min, self.ends_at or time.max, moment.time()
        if starts <= ends:
            return self._works_on(moment.weekday()) and starts <= clock <= ends
        if clock >= starts:
            return self._works_on(moment.weekday())
        return clock <= ends and self._works_on((moment.weekday() - 1) % 7)

    def _works_on(self, day: int) -> bool:
        return not self.days or day in self.days


@dataclass
class People:
    """Everybody of an organization as rules see them at one moment; a handful of queries."""

    moment: datetime
    names: dict[uuid.UUID, str] = field(default_factory=dict)
    zones: dict[uuid.UUID, str] = field(default_factory=dict)
    departments: dict[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    roles: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=dict)
    posts: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=dict)
    territories: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=dict)
    deputies: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    terms: dict[uuid.UUID, Terms] = field(default_factory=dict)
    usual: Terms = field(default_factory=Terms)

    def terms_of(self, person: uuid.UUID) -> Terms:
        """Return somebody's own terms, else the usual ones."""
        return self.terms.get(person, self.usual)

    def why_not(self, person: uuid.UUID) -> str:
        """Return why somebody cannot take anything now; an empty text when they can."""
        if person not in self.names:
            return INACTIVE
        if person in self.deputies:
            return AWAY
        terms = self.terms_of(person)
        if terms.takes_nothing:
            return PAUSED
        there = self.moment.astimezone(ZoneInfo(self.zones[person]))
        return "" if terms.are_on_duty(there) else OFF_DUTY

    def of_taker(self, kind: str, taker: uuid.UUID) -> list[uuid.UUID]:
        """Return the people that a taker stands for, by name."""
        if kind == TakerKind.PERSON:
            return [taker]
        held: Mapping[uuid.UUID, Collection[Any]] = {
            TakerKind.ROLE: self.roles, TakerKind.POST: self.posts,
        }.get(TakerKind(kind), {})  # fmt: skip
        if kind == TakerKind.DEPARTMENT:
            return [person for person in self.names if self.departments[person] == taker]
        return [person for person in self.names if taker in held.get(person, ())]

    def have_skills(self, person: uuid.UUID, needed: Collection[str]) -> bool:
        """Say whether somebody has all skills of a record; written alike is the same."""
        return set(needed) <= self.terms_of(person).skills

    @property
    def in_order(self) -> list[uuid.UUID]:
        """Return all who work here, by name."""
        return list(self.names)


def people_at(actor: Actor, moment: datetime) -> People:
    """Read everybody who may take records."""
    found = People(moment)
    zone = actor.organization.time_zone
    for pk, name, own_zone, department in User.objects.filter(is_active=True).order_by("name", "pk").values_list("pk", "name", "time_zone", "department_id"):  # fmt: skip
        found.names[pk], found.zones[pk], found.departments[pk] = name, own_zone or zone, department
    for user_id, role_id in UserRole.objects.values_list("user_id", "role_id"):
        found.roles.setdefault(user_id, set()).add(role_id)
    for user_id, post_id in PostHolding.objects.values_list("user_id", "post_id"):
        found.posts.setdefault(user_id, set()).add(post_id)
    for territory_id, user_id in TerritoryMember.objects.values_list("territory_id", "user_id"):
        found.territories.setdefault(territory_id, set()).add(user_id)
    day = moment.astimezone(ZoneInfo(zone)).date()
    running = Deputyship.objects.filter(starts_on__lte=day, ends_on__gte=day)
    found.deputies = dict(running.values_list("user_id", "deputy_id"))
    for row in Availability.objects.all():
        terms = terms_of(row)
        if row.user_id is None:
            found.usual = terms
        else:
            found.terms[row.user_id] = terms
    return found


def terms_of(row: Availability) -> Terms:
    """Return the terms that a row keeps."""
    return Terms(
        frozenset(map(letters_and_digits, row.skills)), row.most_open, frozenset(row.days), row.starts_at, row.ends_at,
        row.takes_nothing,
    )  # fmt: skip


def loads_of(actor: Actor, spec: ObjectSpec, people: Iterable[uuid.UUID]) -> dict[str, int]:
    """Return how many open records of an object each person has; one query."""
    condition, annotations = to_q(parse_tree(spec.open_filter), spec, system_actor(actor.organization))
    rows = live_rows(actor, spec).alias(**annotations).filter(Q(owner_id__in=list(people)) & condition)
    return {str(pk): count for pk, count in rows.values_list("owner_id").annotate(count=Count("pk"))}


@transaction.atomic
def save_availability(actor: Actor, user: User | None, values: Mapping[str, Any]) -> Availability:
    """Set when and how much somebody takes, or what is usual for all others.

    ``values`` are the columns of ``Availability``. Raises ``NotAllowed``, ``Invalid``.
    """
    require_ability(actor, Ability.CUSTOMISE)
    skills = list(dict.fromkeys(" ".join(str(skill).split())[:60] for skill in values.get("skills", ())))
    if len(skills) > MOST_SKILLS:
        message = _("At most %(maximum)d skills.") % {"maximum": MOST_SKILLS}
        raise Invalid([FieldError("skills", "too_many", message)])
    row = Availability.objects.filter(user=user).first() or Availability(organization=actor.organization, user=user)
    before = _described(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.skills = [skill for skill in skills if skill]
    row.save()
    tell_setup_changed(actor, "availability", row.pk, "update", values=difference(before, _described(row)))
    return row


@transaction.atomic
def forget_availability(actor: Actor, user: User) -> None:
    """Let somebody follow what is usual again."""
    require_ability(actor, Ability.CUSTOMISE)
    row = Availability.objects.filter(user=user).first()
    if row is not None:
        tell_setup_changed(actor, "availability", row.pk, "delete", values={"name": (user.name, None)})
        row.delete()


def _described(row: Availability) -> dict[str, Any]:
    return {
        "name": row.user.name if row.user else "",
        "skills": list(row.skills),
        "most_open": row.most_open,
        "days": ", ".join(map(str, row.days)),
        "starts_at": row.starts_at.isoformat() if row.starts_at else None,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "takes_nothing": row.takes_nothing,
    }
