"""Who gets a record: a person, whoever of a role has the least to do, the head of a department, a superior."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Sequence

from django.db.models import Count, Q

from banyan.core.access.actor import Actor
from banyan.core.access.models import LevelRole, PostHolding, PostRole, ReportingLine
from banyan.core.identity.models import User, UserRole
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.registry import Registry
from banyan.core.listing.filters import Condition
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.processes.rules import Handover, Receiver
from banyan.core.processes.selecting import rows_where
from banyan.core.records.drafts import Draft

#: Where an organization names the heads of its departments; rooms that keep them are asked first.
named_heads: Registry[Callable[[uuid.UUID], uuid.UUID | None]] = Registry("named heads of departments")


class Receivers:
    """Chooses receivers for the records of one write; asks for each role, department or superior once."""

    def __init__(self, actor: Actor, spec: ObjectSpec, entry: Field) -> None:
        self._actor = actor
        self._spec = spec
        self._entry = entry
        self._people: dict[Receiver, list[uuid.UUID]] = {}
        self._loads: dict[tuple[Receiver, str], Counter[uuid.UUID]] = {}
        self._superiors: dict[uuid.UUID, uuid.UUID | None] = {}

    def choose(self, receiver: Receiver, draft: Draft, stage: str) -> uuid.UUID | None:
        """Return who gets a record that is in a stage; None when it stays or nobody is there to take it."""
        if receiver.kind == Handover.STAYS:
            return None
        if receiver.kind == Handover.CREATOR:
            creator = draft.existing.created_by_id if draft.existing is not None else self._actor.user_id
            return creator if _are_active([creator]) else None
        if receiver.kind == Handover.SUPERIOR:
            return self.superior(draft.get("owner"))
        people = self._people.setdefault(receiver, people_of(receiver)) if receiver not in self._people else (
            self._people[receiver]
        )  # fmt: skip
        if len(people) < 2:
            return people[0] if people else None
        load = self._load(receiver, stage, people)
        chosen = min(people, key=lambda person: (load[person], people.index(person)))
        load[chosen] += 1
        return chosen

    def superior(self, person: uuid.UUID | None) -> uuid.UUID | None:
        """Return whom somebody reports to first of all."""
        if person is None:
            return None
        if person not in self._superiors:
            self._superiors[person] = superior_of(person)
        return self._superiors[person]

    def _load(self, receiver: Receiver, stage: str, people: Sequence[uuid.UUID]) -> Counter[uuid.UUID]:
        """Return how many records each already has in the stage."""
        known = self._loads.get((receiver, stage))
        if known is None:
            rows = rows_where(self._actor, self._spec, Condition(self._entry.name, "eq", (stage,))).filter(
                owner__in=people
            )
            counted = rows.values_list("owner").annotate(number=Count("pk"))
            known = self._loads[receiver, stage] = Counter(dict(counted))
        return known


def people_of(receiver: Receiver) -> list[uuid.UUID]:
    """Return the active people among whom a receiver is chosen: one person, those of a role, a department's head."""
    found = parse_id(receiver.id)
    if found is None:
        return []
    if receiver.kind == Handover.PERSON:
        return _are_active([found])
    if receiver.kind == Handover.ROLE:
        posts = PostRole.objects.filter(role=found).values("post")
        levels = LevelRole.objects.filter(role=found).values("level")
        holders = PostHolding.objects.filter(Q(post__in=posts) | Q(post__level__in=levels)).values("user")
        having = UserRole.objects.filter(role=found).values("user")
        people = User.objects.filter(Q(pk__in=having) | Q(pk__in=holders), is_active=True)
        return list(people.order_by("name", "pk").values_list("pk", flat=True))
    if receiver.kind == Handover.DEPARTMENT:
        head = head_of(found)
        return [head] if head else []
    return []


def head_of(department_id: uuid.UUID) -> uuid.UUID | None:
    """Return the head of a department, an active person; None when nobody can be told to be.

    That is whom the organization has named, else who holds its highest post, else the superior of most of its
    people, else its only person.
    """
    for source in named_heads:
        named = source(department_id)
        if named is not None and _are_active([named]):
            return named
    members = list(User.objects.filter(department=department_id, is_active=True).values_list("pk", flat=True))
    holdings = PostHolding.objects.filter(
        Q(department=department_id) | Q(department__isnull=True, user__in=members),
        user__is_active=True,
        post__level__isnull=False,
    )
    highest = holdings.order_by("-post__level__rank", "user__name").values_list("user", flat=True).first()
    if highest is not None:
        return highest
    lines = ReportingLine.objects.filter(user__in=members, superior__in=members, is_main=True)
    leading = lines.values_list("superior").annotate(number=Count("pk")).order_by("-number", "superior__name").first()
    if leading is not None:
        return leading[0]
    return members[0] if len(members) == 1 else None


def superior_of(person: uuid.UUID) -> uuid.UUID | None:
    """Return the active person to whom somebody reports first of all."""
    lines = ReportingLine.objects.filter(user=person, superior__is_active=True).order_by("-is_main", "superior__name")
    return lines.values_list("superior", flat=True).first()


def _are_active(people: Sequence[uuid.UUID | None]) -> list[uuid.UUID]:
    wanted = [person for person in people if person is not None]
    return list(User.objects.filter(pk__in=wanted, is_active=True).values_list("pk", flat=True)) if wanted else []
