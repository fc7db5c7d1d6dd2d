"""A flow in words: who decides a step, when it is taken, what is locked, what happens at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.access.actor import Actor
from banyan.core.approvals.choices import Afterwards, ApproverKind, Mode, Starters, Taken, WhenLate
from banyan.core.approvals.definitions import EVERY_FIELD, Approvers, Definition, Json, Lock, Start, Step
from banyan.core.identity.models import Role, User
from banyan.core.listing.labels import labels_for_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.condition_forms import condition_in_words
from banyan.core.web.presenting import Presenter


def step_cards(actor: Actor, spec: ObjectSpec, definition: Definition) -> list[Json]:
    """Return the steps as cards."""
    roles = dict(Role.objects.values_list("key", "name"))
    wanted = [pk for step in definition.steps for entry in step.approvers for pk in entry.user_ids]
    people = {str(pk): name for pk, name in User.objects.filter(pk__in=wanted).values_list("pk", "name")}
    return [
        {
            "key": step.key,
            "name": step.name,
            "place": f"steps.{step.key}",
            "parallel": step.parallel and position > 0,
            "who": _(", ").join(_who(spec, entry, people, roles) for entry in step.approvers) or _("nobody yet"),
            "how": " · ".join(_how(step)),
            "when": condition_words(actor, spec, step),
        }
        for position, step in enumerate(definition.steps)
    ]


def part_cards(actor: Actor, spec: ObjectSpec, definition: Definition) -> list[Json]:
    """Return the other parts of a flow as cards."""
    gate = condition_in_words(actor, spec, definition.gate) if definition.gate else ""
    return [
        {"key": "start", "icon": "player-play", "title": pgettext("approval", "Start"), "lines": list(_start(actor, spec, definition.start))},
        {"key": "lock", "icon": "lock", "title": _("What is locked"), "lines": list(_lock(spec, definition.lock))},
        {"key": "outcome/agreed", "place": "outcome", "icon": "check", "title": _("When it is agreed to"),
         "lines": _values(actor, spec, definition.on_agreed)},
        {"key": "outcome/refused", "place": "outcome", "icon": "x", "title": _("When it is refused"),
         "lines": _values(actor, spec, definition.on_refused)},
        {"key": "gate", "icon": "ban", "title": _("Not without approval"),
         "lines": [gate or _("Nothing is refused without approval.")]},
        {"key": "options", "icon": "settings", "title": _("Name and options"), "lines": list(_options(definition))},
    ]  # fmt: skip


def condition_words(actor: Actor, spec: ObjectSpec, step: Step) -> str:
    """Return when a step is taken; an empty text for always."""
    if step.taken == Taken.IF:
        return _("only if %(condition)s") % {"condition": condition_in_words(actor, spec, step.condition)}
    return _("only if the step before it is not taken") if step.taken == Taken.OTHERWISE else ""


def outcome_rows(actor: Actor, spec: ObjectSpec, values: Mapping[str, Any]) -> list[Json]:
    """Return the values that are set, in words."""
    known = {name: value for name, value in values.items() if name in spec.all_fields}
    row = {name: spec.all_fields[name].kind.from_json(value) for name, value in known.items()}
    presenter = Presenter(actor, spec, labels_for_rows(spec, [row], list(row), actor=actor))
    return [
        {
            "name": name,
            "label": str(spec.all_fields[name].label),
            "text": presenter.text(spec.all_fields[name], row) or "–",
        }
        for name in row
    ]


def _who(spec: ObjectSpec, entry: Approvers, people: Mapping[str, str], roles: Mapping[str, str]) -> str:
    if entry.kind == ApproverKind.PEOPLE:
        return _(", ").join(people.get(pk, "?") for pk in entry.people)
    if entry.kind == ApproverKind.ROLE:
        return _("role “%(role)s”") % {"role": roles.get(entry.role, entry.role)}
    if entry.kind == ApproverKind.SUPERIOR:
        if entry.level == 1:
            return _("direct superior")
        return _("superior %(number)s levels above") % {"number": entry.level}
    if entry.kind == ApproverKind.CHAIN:
        return _("all superiors up to %(number)s levels") % {"number": entry.level}
    if entry.kind == ApproverKind.HEAD:
        return _("head of the department")
    if entry.kind == ApproverKind.FIELD:
        field = spec.all_fields.get(entry.field)
        return _("person in “%(field)s”") % {"field": field.label if field else entry.field}
    return _("chosen by who starts it")


def _how(step: Step) -> Iterator[str]:
    yield str(Mode(step.mode).label)
    if step.mode == Mode.RATIO:
        yield f"{step.ratio} %"
    if step.hours:
        late = str(WhenLate(step.when_late).label)
        yield _("%(hours)s hours, then: %(late)s") % {"hours": step.hours, "late": late}
    if step.signature:
        yield _("signed")
    if step.copies:
        yield _("copies: %(number)s") % {"number": len(step.copies)}


def _start(actor: Actor, spec: ObjectSpec, start: Start) -> Iterator[str]:
    yield str(Starters(start.starters).label)
    if start.condition:
        condition = condition_in_words(actor, spec, start.condition)
        yield _("%(objects)s where %(condition)s") % {"objects": spec.label_plural, "condition": condition}
    else:
        yield _("All %(objects)s") % {"objects": spec.noun_plural}
    if start.by_itself:
        yield _("It starts by itself when such a record is saved.")


def _lock(spec: ObjectSpec, lock: Lock) -> Iterator[str]:
    if EVERY_FIELD in lock.fields:
        yield _("All fields except the owner")
    elif lock.fields:
        names = [str(spec.all_fields[name].label) for name in lock.fields if name in spec.all_fields]
        yield _(", ").join(names)
    else:
        yield _("No field is locked")
    yield _("Afterwards: %(what)s") % {"what": Afterwards(lock.afterwards).label}


def _values(actor: Actor, spec: ObjectSpec, values: Mapping[str, Any]) -> list[str]:
    rows = outcome_rows(actor, spec, values)
    return [f"{row['label']} = {row['text']}" for row in rows] or [_("No value is set.")]


def _options(definition: Definition) -> Iterator[str]:
    if definition.copies:
        yield _("copies: %(number)s") % {"number": len(definition.copies)}
    yield _("Approvers are asked by e-mail as well.") if definition.mail else _("Nobody is asked by e-mail.")
    if not definition.repeated:
        yield _("Who has agreed in an earlier step is not asked again")
