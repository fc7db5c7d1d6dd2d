"""What is wrong with a process, in words that say where and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.identity.models import Department, Role, User
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import parse_tree, to_q
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.receiving import people_of
from banyan.core.processes.rules import Definition, Gate, Handover, Problem, Receiver, Stage, problems_of

_WORDS: dict[str, Any] = {
    "no_stages": gettext_lazy("The process has no stage. Add the first one."),
    "no_start": gettext_lazy("No stage is where records begin. Open the first stage and tick “Records begin here”."),
    "no_end": gettext_lazy("No stage ends the process. Give the last stage an outcome."),
    "unreachable": gettext_lazy(
        "Nothing leads to “%(stage)s”. Let another stage move on to it, let records begin there, or take it out."
    ),
    "dead_end": gettext_lazy(
        "“%(stage)s” has no way out. Say where it moves on to, or give it an outcome if the process ends there."
    ),
    "endless": gettext_lazy("From “%(stage)s” no stage with an outcome can be reached. Add a move towards one."),
    "unknown_move": gettext_lazy("“%(stage)s” moves on to a stage that is not part of the process. Take the move out."),
}
MOST_STAGES = 60


def structural_problems(definition: Definition, label: Callable[[str], str]) -> list[str]:
    """Return what makes no sense in the order of stages."""
    return [_in_words(problem, label) for problem in problems_of(definition)]


def all_problems(actor: Actor, spec: ObjectSpec, definition: Definition, label: Callable[[str], str]) -> list[str]:
    """Return everything that keeps a definition from being put into force."""
    found = structural_problems(definition, label)
    for stage in definition.stages:
        found += _lost_fields(spec, stage, label)
        found += _broken_checks(actor, spec, stage, label)
        for receiver in (stage.handover, stage.limit.receiver):
            if _is_gone(receiver):
                text = _("Who receives records of “%(stage)s” does not exist any more. Choose somebody else there.")
                found.append(text % {"stage": label(stage.key)})
    return list(dict.fromkeys(found))


def doubts(definition: Definition, label: Callable[[str], str]) -> list[str]:
    """Return what may be meant but has no effect so far: nobody is there to receive records."""
    text = _("Nobody is there to receive records of “%(stage)s”; they stay with their owner until somebody is.")
    return [
        text % {"stage": label(stage.key)}
        for stage in definition.stages
        if any(not _is_gone(receiver) and _is_nobody(receiver) for receiver in (stage.handover, stage.limit.receiver))
    ]


def require_sound(actor: Actor, spec: ObjectSpec, definition: Definition, values: Mapping[str, str]) -> None:
    """Refuse what can never be stored: stages that are no values, twice the same, impossible fields or conditions."""
    errors = []
    keys = definition.keys
    if len(keys) != len(set(keys)) or len(keys) > MOST_STAGES:
        text = _("Each stage stands in a process once, and there are at most %(most)d.") % {"most": MOST_STAGES}
        errors.append(FieldError("stages", "bad_stages", text))
    for stage in definition.stages:
        if stage.key not in values:
            text = _("There is no value “%(value)s” that could be a stage.") % {"value": stage.key[:60]}
            errors.append(FieldError("stages", "unknown_stage", text))
        for name in (*stage.entry.fields, *stage.exit.fields):
            if name not in spec.writable_fields:
                text = _("There is no field “%(name)s” that people fill in.") % {"name": name[:60]}
                errors.append(FieldError("fields", "unknown_field", text))
        if stage.limit.hours < 0 or stage.limit.remind < 0 or stage.limit.remind >= max(stage.limit.hours, 1):
            text = _("The reminder comes before the time is up.")
            errors.append(FieldError("remind", "out_of_range", text))
        for gate in (stage.entry, stage.exit):
            for check in gate.checks:
                to_q(parse_tree(dict(check.filter)), spec, system_actor(actor.organization))
    if errors:
        raise Invalid(errors)


def _in_words(problem: Problem, label: Callable[[str], str]) -> str:
    return str(_WORDS[problem.code]) % {"stage": label(problem.stage)}


def _gates(stage: Stage) -> Iterator[Gate]:
    yield stage.entry
    yield stage.exit


def _lost_fields(spec: ObjectSpec, stage: Stage, label: Callable[[str], str]) -> list[str]:
    text = _("“%(stage)s” needs the field “%(field)s”, which is not in use any more. Take it out there.")
    return [
        text % {"stage": label(stage.key), "field": name}
        for gate in _gates(stage)
        for name in gate.fields
        if name not in spec.writable_fields
    ]


def _broken_checks(actor: Actor, spec: ObjectSpec, stage: Stage, label: Callable[[str], str]) -> list[str]:
    found = []
    for gate in _gates(stage):
        for check in gate.checks:
            try:
                to_q(parse_tree(dict(check.filter)), spec, system_actor(actor.organization))
            except Invalid as problem:
                text = _("A condition of “%(stage)s” cannot be checked: %(problem)s")
                found.append(text % {"stage": label(stage.key), "problem": problem.message})
    return found


def _is_gone(receiver: Receiver) -> bool:
    models: dict[str, Any] = {Handover.PERSON: User, Handover.ROLE: Role, Handover.DEPARTMENT: Department}
    model = models.get(receiver.kind)
    if model is None:
        return False
    found = parse_id(receiver.id)
    return found is None or not model._default_manager.filter(pk=found).exists()  # noqa: SLF001


def _is_nobody(receiver: Receiver) -> bool:
    return receiver.kind in {Handover.PERSON, Handover.ROLE, Handover.DEPARTMENT} and not people_of(receiver)
