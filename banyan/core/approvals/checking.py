"""What is wrong with a flow before it is put in force, and what may go wrong with it later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import system_actor
from banyan.core.approvals.approvers import people_with_role, person_fields
from banyan.core.approvals.choices import ApproverKind, Mode, Starters, Taken, WhenEmpty
from banyan.core.approvals.definitions import (
    EVERY_FIELD,
    MOST_HOURS,
    MOST_LEVELS,
    MOST_STEPS,
    Approvers,
    Definition,
    Step,
)
from banyan.core.approvals.models import DepartmentHead
from banyan.core.identity.models import Role, User
from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.tenancy.models import Organization

NOBODY_LEFT = "nobody_left"


@dataclass(frozen=True)
class Problem:
    """What is wrong, where: ``place`` is start, lock, gate, steps, outcome, or ``steps.`` and a step's key."""

    place: str
    code: str
    message: str


def errors_in(organization: Organization, spec: ObjectSpec, definition: Definition) -> list[Problem]:
    """Return everything for which a definition cannot be put in force; each says how to mend it."""
    return [
        *_of_steps(organization, spec, definition),
        *_condition(organization, spec, "start", definition.start.condition),
        *_condition(organization, spec, "gate", definition.gate),
        *_of_start(definition),
        *_of_lock(spec, definition),
        *_values(organization, spec, definition.on_agreed),
        *_values(organization, spec, definition.on_refused),
    ]


def warnings_in(spec: ObjectSpec, definition: Definition) -> list[Problem]:
    """Return the steps that nobody could decide today, so that administrators would, or they would be skipped."""
    found = []
    for step in definition.steps:
        if step.approvers and not any(_may_find_somebody(entry) for entry in step.approvers):
            skipped = step.when_empty == WhenEmpty.SKIP
            text = (
                _("“%(step)s”: nobody is found who could decide, so the step would be skipped.")
                if skipped
                else _("“%(step)s”: nobody is found who could decide, so administrators would have to.")
            )
            found.append(Problem(f"steps.{step.key}", NOBODY_LEFT, text % {"step": step.name}))
    return found


def check_step(organization: Organization, spec: ObjectSpec, step: Step) -> list[Problem]:
    """Return what is wrong with a single step."""
    place = f"steps.{step.key}"
    found = list(_condition(organization, spec, place, step.condition if step.taken == Taken.IF else {}))
    if step.taken == Taken.IF and not step.condition:
        found.append(Problem(place, "no_condition", _("“%(step)s” needs its condition.") % {"step": step.name}))
    if not step.approvers:
        message = _("“%(step)s”: say who decides.") % {"step": step.name}
        found.append(Problem(place, "no_approvers", message))
    if step.mode == Mode.RATIO and not 1 <= step.ratio <= 100:
        message = _("“%(step)s”: the share lies between 1 and 100 %%.") % {"step": step.name}
        found.append(Problem(place, "bad_ratio", message))
    if not 0 <= step.hours <= MOST_HOURS or not 0 <= step.remind_before <= MOST_HOURS:
        message = _("“%(step)s”: at most %(most)d hours.") % {"step": step.name, "most": MOST_HOURS}
        found.append(Problem(place, "bad_hours", message))
    elif step.hours and step.remind_before >= step.hours:
        message = _("“%(step)s”: the reminder has to come before the time is over.") % {"step": step.name}
        found.append(Problem(place, "bad_reminder", message))
    found += [problem for entry in step.approvers for problem in _approvers(spec, step, entry)]
    return found


def _of_steps(organization: Organization, spec: ObjectSpec, definition: Definition) -> Iterator[Problem]:
    if not definition.steps:
        yield Problem("steps", "no_steps", _("A flow needs at least one step."))
        return
    if len(definition.steps) > MOST_STEPS:
        message = _("A flow has at most %(most)d steps.") % {"most": MOST_STEPS}
        yield Problem("steps", "too_many_steps", message)
    if definition.steps[0].taken == Taken.OTHERWISE:
        message = _("The first step has none before it: choose when it is taken.")
        yield Problem(f"steps.{definition.steps[0].key}", "otherwise_first", message)
    keys = [step.key for step in definition.steps]
    if len(set(keys)) < len(keys) or not all(keys):
        yield Problem("steps", "bad_keys", _("Each step needs a key of its own."))
    for step in definition.steps:
        yield from check_step(organization, spec, step)


def _approvers(spec: ObjectSpec, step: Step, entry: Approvers) -> Iterator[Problem]:
    place, values = f"steps.{step.key}", {"step": step.name}
    if entry.kind not in ApproverKind.values:
        yield Problem(place, "bad_kind", _("“%(step)s”: say who decides.") % values)
    elif entry.kind == ApproverKind.PEOPLE:
        known = User.objects.filter(pk__in=entry.user_ids).count()
        if not entry.people or known < len(set(entry.people)):
            message = _("“%(step)s”: choose people who belong to your organization.") % values
            yield Problem(place, "unknown_people", message)
    elif entry.kind == ApproverKind.ROLE and not Role.objects.filter(key=entry.role).exists():
        yield Problem(place, "unknown_role", _("“%(step)s”: choose a role that exists.") % values)
    elif entry.kind in {ApproverKind.SUPERIOR, ApproverKind.CHAIN} and not 1 <= entry.level <= MOST_LEVELS:
        message = _("“%(step)s”: the distance of a superior lies between 1 and %(most)d.")
        yield Problem(place, "bad_level", message % {**values, "most": MOST_LEVELS})
    elif entry.kind == ApproverKind.FIELD and entry.field not in person_fields(spec):
        message = _("“%(step)s”: the field “%(field)s” does not exist any more or names no person.")
        yield Problem(place, "unknown_field", message % {**values, "field": entry.field})


def _of_start(definition: Definition) -> Iterator[Problem]:
    start = definition.start
    chosen = [step.name for step in definition.steps if step.is_chosen]
    if start.by_itself and chosen:
        message = _("The flow starts by itself, so nobody is there to choose who decides “%(step)s”.")
        yield Problem("start", "nobody_chooses", message % {"step": chosen[0]})
    if start.starters == Starters.ROLES:
        known = set(Role.objects.filter(key__in=start.roles).values_list("key", flat=True))
        if not start.roles or set(start.roles) - known:
            yield Problem("start", "unknown_role", _("Choose the roles whose people may start it."))


def _of_lock(spec: ObjectSpec, definition: Definition) -> Iterator[Problem]:
    for name in definition.lock.fields:
        if name != EVERY_FIELD and name not in spec.all_fields:
            message = _("The locked field “%(field)s” does not exist any more.") % {"field": name}
            yield Problem("lock", "unknown_field", message)


def _condition(
    organization: Organization, spec: ObjectSpec, place: str, condition: Mapping[str, Any]
) -> Iterator[Problem]:
    if not condition:
        return
    try:
        Fitting(parse_tree(condition), spec, system_actor(organization))
    except Invalid as invalid:
        for error in invalid.errors:
            message = _("The condition does not work: %(problem)s") % {"problem": error.message}
            yield Problem(place, "bad_condition", message)
    except DomainError as problem:
        yield Problem(place, "bad_condition", str(problem.message))


def _values(organization: Organization, spec: ObjectSpec, values: Mapping[str, Any]) -> Iterator[Problem]:
    reading = reading_for(system_actor(organization))
    for name, value in values.items():
        entry = spec.writable_fields.get(name)
        if entry is None:
            message = _("The field “%(field)s” that is to be set does not exist any more or is set by the system.")
            yield Problem("outcome", "unknown_field", message % {"field": name})
            continue
        try:
            entry.kind.parse(value, reading)
        except Unacceptable as wrong:
            message = _("“%(field)s” cannot be set: %(problem)s")
            yield Problem("outcome", "bad_value", message % {"field": entry.label, "problem": wrong.message})


def _may_find_somebody(entry: Approvers) -> bool:
    if entry.kind == ApproverKind.PEOPLE:
        return User.objects.filter(pk__in=entry.user_ids, is_active=True).exists()
    if entry.kind == ApproverKind.ROLE:
        return bool(people_with_role(entry.role))
    if entry.kind == ApproverKind.HEAD:
        return DepartmentHead.objects.filter(user__is_active=True).exists()
    return True
