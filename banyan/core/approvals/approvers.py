"""Who decides a step: people found by name, role, reporting line, department or field of the record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from banyan.core.access.models import LevelRole, PostHolding, PostRole, ReportingLine
from banyan.core.access.scopes import Ability
from banyan.core.approvals.choices import ApproverKind, WhenEmpty, WhenStarter
from banyan.core.approvals.definitions import Approvers, Step
from banyan.core.approvals.models import DepartmentHead
from banyan.core.identity.models import Department, Role, User
from banyan.core.objects.kinds import USER
from banyan.core.objects.spec import ObjectSpec

#: Nobody's superiors are looked for further up than this.
HIGHEST = 30


@dataclass(frozen=True)
class Situation:
    """For whom approvers are looked for.

    ``starter_id`` is who started the approval, or whose record it is when nobody did. ``value`` returns a field's
    value of the record. ``chosen`` maps steps to the people that the starter chose. With ``own`` the starter may
    decide about their own.
    """

    spec: ObjectSpec
    starter_id: uuid.UUID | None
    value: Callable[[str], Any]
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    own: bool = False


@dataclass(frozen=True)
class Found:
    """Who decides a step. Without anybody it is skipped; ``by_administrators`` says that nobody else was found."""

    user_ids: tuple[uuid.UUID, ...] = ()
    by_administrators: bool = False
    starter_left_out: bool = False


def approvers_of(step: Step, situation: Situation) -> Found:
    """Return who decides a step now: people who may sign in, each once, in the order of the definition."""
    wanted = dict.fromkeys(pk for entry in step.approvers for pk in _of_kind(entry, step, situation))
    found = _active(wanted)
    left_out = False
    starter = situation.starter_id
    if starter in found and not may_decide_own(step, situation):
        found.remove(starter)
        left_out = True
        if not found and step.when_starter == WhenStarter.SKIP:
            return Found(starter_left_out=True)
        if not found:
            found = [pk for pk in superiors(starter, 1) if pk != starter]
    if found:
        return Found(tuple(found), starter_left_out=left_out)
    if step.when_empty == WhenEmpty.SKIP:
        return Found(starter_left_out=left_out)
    others = [pk for pk in administrators() if pk != starter or may_decide_own(step, situation)]
    return Found(tuple(others), by_administrators=True, starter_left_out=left_out)


def may_decide_own(step: Step, situation: Situation) -> bool:
    """Say whether who started the approval may decide this step: the flow and the step have to allow it."""
    return situation.own and step.when_starter == WhenStarter.DECIDES


def superiors(user_id: uuid.UUID | None, distance: int) -> list[uuid.UUID]:
    """Return somebody's superiors along the main reporting line, nearest first, up to a distance; active ones only.

    A superior who has left is passed over: the next one takes the place.
    """
    lines = dict(ReportingLine.objects.filter(is_main=True).values_list("user_id", "superior_id"))
    active = set(User.objects.filter(pk__in=set(lines.values()), is_active=True).values_list("pk", flat=True))
    found: list[uuid.UUID] = []
    current, seen = user_id, {user_id}
    while current in lines and len(found) < distance and len(seen) < HIGHEST:
        current = lines[current]
        if current in seen:
            break
        seen.add(current)
        if current in active:
            found.append(current)
    return found


def head_of(department_id: uuid.UUID | None) -> uuid.UUID | None:
    """Return who leads a department; where it has no head, the head of the one above it."""
    if department_id is None:
        return None
    path = Department.objects.filter(pk=department_id).values_list("path", flat=True).first() or []
    heads = dict(
        DepartmentHead.objects.filter(department_id__in=path, user__is_active=True).values_list(
            "department_id", "user_id"
        )
    )
    return next((heads[pk] for pk in reversed(path) if pk in heads), None)


def people_with_role(key: str) -> list[uuid.UUID]:
    """Return who has a role, given to them or brought by a post or level, in the order of their names."""
    role = Role.objects.filter(key=key).first()
    if role is None:
        return []
    posts = PostRole.objects.filter(role=role).values("post_id")
    levels = LevelRole.objects.filter(role=role).values("level_id")
    holders = PostHolding.objects.filter(Q(post_id__in=posts) | Q(post__level_id__in=levels)).values("user_id")
    direct = User.roles.through.objects.filter(role=role).values("user_id")
    people = User.objects.filter(Q(pk__in=direct) | Q(pk__in=holders), is_active=True)
    return list(people.order_by("name").values_list("pk", flat=True))


def administrators() -> list[uuid.UUID]:
    """Return who may manage the organization: they decide what nobody else can."""
    roles = Role.objects.filter(abilities__contains=[Ability.MANAGE_ORGANIZATION.value]).values("pk")
    held = User.roles.through.objects.filter(role__in=roles).values("user_id")
    return list(User.objects.filter(pk__in=held, is_active=True).order_by("name").values_list("pk", flat=True))


def person_fields(spec: ObjectSpec) -> list[str]:
    """Return the fields of an object that name a person or several."""
    return [
        name
        for name, entry in spec.all_fields.items()
        if getattr(entry.kind, "target", "") == USER or entry.kind.widget == "people"
    ]


def _of_kind(entry: Approvers, step: Step, situation: Situation) -> Iterable[uuid.UUID]:
    starter = situation.starter_id
    if entry.kind == ApproverKind.PEOPLE:
        return entry.user_ids
    if entry.kind == ApproverKind.ROLE:
        return people_with_role(entry.role)
    if entry.kind == ApproverKind.SUPERIOR:
        return superiors(starter, entry.level)[entry.level - 1 :]
    if entry.kind == ApproverKind.CHAIN:
        return superiors(starter, entry.level)
    if entry.kind == ApproverKind.HEAD:
        head = head_of(_department_of(starter))
        return [head] if head else []
    if entry.kind == ApproverKind.FIELD:
        return _in_field(entry.field, situation)
    return Approvers(people=tuple(situation.chosen.get(step.key, ()))).user_ids


def _department_of(user_id: uuid.UUID | None) -> uuid.UUID | None:
    if user_id is None:
        return None
    return User.objects.filter(pk=user_id).values_list("department_id", flat=True).first()


def _in_field(name: str, situation: Situation) -> list[uuid.UUID]:
    if name not in situation.spec.all_fields:
        return []
    value = situation.value(name)
    return list(value) if isinstance(value, (list, tuple)) else [value] if value is not None else []


def _active(wanted: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    ordered = list(wanted)
    active = set(User.objects.filter(pk__in=ordered, is_active=True).values_list("pk", flat=True))
    return [pk for pk in ordered if pk in active]
