"""What administrators do with processes: make, change, put into force with a preview, switch off, delete."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.jobs.models import JobRun
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused
from banyan.core.kernel.text.cleaning import clean_line
from banyan.core.listing.filters import Node, join, parse_tree, to_q, tree_to_json
from banyan.core.objects.modules import specs_on
from banyan.core.objects.positions import put_in_order
from banyan.core.objects.registry import field_name_from_label, forget
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.processes.active import ActiveProcess, as_active, said
from banyan.core.processes.describing import all_problems, doubts, require_sound
from banyan.core.processes.jobs import start_settling
from banyan.core.processes.models import Process, ProcessVersion
from banyan.core.processes.rules import Definition, Stage, from_json, to_json, usual_moves
from banyan.core.processes.selecting import governed, not_passing, rows_where
from banyan.core.processes.values import can_have_process, labels_of_values, values_of

SUBJECT = "process"
MOST_PROCESSES = 50
#: The key under which records stand that are in no stage yet.
NO_STAGE = ""
LONGEST_NAME = 120


@dataclass(frozen=True)
class StagePreview:
    """What putting a draft into force means for the records of one stage.

    ``is_lost`` stages are not in the draft any more; ``failing`` counts records that the new gate of their own
    stage would not let in; ``filter`` asks for the records in a list.
    """

    key: str
    label: str
    count: int
    failing: int
    is_lost: bool
    is_new: bool
    filter: dict[str, Any]


def find_process(process_id: uuid.UUID) -> Process:
    """Return a process of the organization; raise ``Missing``."""
    row = Process.objects.select_related("organization").filter(pk=process_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such process."))
    return row


def spec_of(actor: Actor, row: Process) -> tuple[ObjectSpec, Field]:
    """Return the object and the field of a process; raise ``Missing`` when one of them is gone or switched off."""
    spec = specs_on(actor.organization).get(row.object_name)
    entry = spec.all_fields.get(row.field_name) if spec is not None else None
    if spec is None or entry is None:
        raise Missing("not_found", _("The field of this process is not in use any more."))
    return spec, entry


def draft_of(row: Process) -> Definition:
    """Return a process as it is being changed, or as it is in force when nothing is."""
    return from_json(row.draft if row.draft is not None else row.definition)


def label_of(row: Process) -> str:
    """Return what a process is called in the language of the moment."""
    return said(row.labels) or row.key


@dataclass(frozen=True)
class NewProcess:
    """A process to be made; without ``definition`` the values of its field are its stages, with the usual moves."""

    object_name: str
    field_name: str
    labels: Mapping[str, str]
    condition: Mapping[str, Any] | None = None
    definition: Definition | None = None
    key: str = ""


@transaction.atomic
def create_process(actor: Actor, new: NewProcess) -> Process:
    """Make a process as a draft and return it.

    Raises ``NotAllowed``, ``Missing`` for an object or field that cannot have one, ``Invalid``.
    """
    require_ability(actor, Ability.CUSTOMISE)
    specs = specs_on(actor.organization)
    spec = specs.get(new.object_name)
    entry = spec.all_fields.get(new.field_name) if spec is not None else None
    if spec is None or entry is None or not can_have_process(entry, specs):
        raise Missing("not_found", _("There is no such field, or its values cannot be stages."))
    node = _judged(actor, spec, new.condition)
    row = Process(
        organization=actor.organization,
        object_name=new.object_name,
        field_name=new.field_name,
        labels=_clean_labels(new.labels),
        condition=tree_to_json(node),
        position=Process.objects.filter(object_name=new.object_name).count(),
        created_by=actor.user,
    )
    if Process.objects.count() >= MOST_PROCESSES:
        text = _("There can be at most %(most)d processes.") % {"most": MOST_PROCESSES}
        raise Invalid([FieldError("labels", "too_many", text)])
    row.key = _free_key(new.key or str(row.labels.get("en") or said(row.labels)))
    chosen = new.definition or first_definition(actor, spec, entry, node)
    require_sound(actor, spec, chosen, labels_of_values(actor, spec, entry))
    row.draft = to_json(chosen)
    row.save()
    told = {"name": (None, label_of(row)), "object": (None, new.object_name)}
    tell_setup_changed(actor, SUBJECT, row.pk, "create", values=told)
    return row


def first_definition(actor: Actor, spec: ObjectSpec, entry: Field, condition: Node | None) -> Definition:
    """Return what a process begins with: every value is a stage, with the usual moves."""
    values = values_of(actor, spec, entry, condition)
    return usual_moves(Definition(tuple(Stage(value.key, value.outcome) for value in values)))


@transaction.atomic
def rename(actor: Actor, row: Process, *, labels: Mapping[str, str], condition: Mapping[str, Any] | None) -> None:
    """Change what a process is called and which records it governs; the latter holds at once."""
    require_ability(actor, Ability.CUSTOMISE)
    spec, _entry = spec_of(actor, row)
    before = {"name": label_of(row), "condition": row.condition}
    row.labels = _clean_labels(labels)
    row.condition = tree_to_json(_judged(actor, spec, condition))
    row.save(update_fields=["labels", "condition"])
    changed = difference(before, {"name": label_of(row), "condition": row.condition})
    tell_setup_changed(actor, SUBJECT, row.pk, "update", values=changed)
    forget(actor.organization)
    if "condition" in changed and row.is_active:
        start_settling(actor, row)


@transaction.atomic
def change_draft(actor: Actor, row: Process, definition: Definition) -> None:
    """Store a changed definition; it comes into force by ``publish``. Raises ``Invalid`` for what cannot be."""
    require_ability(actor, Ability.CUSTOMISE)
    spec, entry = spec_of(actor, row)
    require_sound(actor, spec, definition, labels_of_values(actor, spec, entry))
    stored = to_json(definition)
    row.draft = None if row.version and from_json(row.definition) == from_json(stored) else stored
    row.save(update_fields=["draft"])


@transaction.atomic
def discard_draft(actor: Actor, row: Process) -> None:
    """Forget what was changed since the process was put into force; raise ``Refused`` when it never was."""
    require_ability(actor, Ability.CUSTOMISE)
    if not row.version:
        raise Refused("never_in_force", _("This process was never in force. Delete it instead."))
    row.draft = None
    row.save(update_fields=["draft"])


def preview(actor: Actor, row: Process) -> list[StagePreview]:
    """Return what putting the draft into force means, stage by stage; those that get lost come last.

    Records that are in no stage yet stand at the end, under an empty key: they may begin in one.
    """
    require_ability(actor, Ability.CUSTOMISE)
    spec, entry = spec_of(actor, row)
    definition, old = draft_of(row), from_json(row.definition)
    labels = labels_of_values(actor, spec, entry)
    coming = as_active(row, definition)
    found = []
    for key in [*definition.keys, *(key for key in old.keys if definition.stage(key) is None)]:
        node = governed(coming, key)
        rows = rows_where(actor, spec, node)
        stage = definition.stage(key)
        missing = not_passing(actor, spec, stage.entry) if stage is not None else None
        found.append(
            StagePreview(
                key=key,
                label=labels.get(key, key),
                count=rows.count(),
                failing=rows.filter(missing).count() if missing is not None else 0,
                is_lost=stage is None,
                is_new=row.version > 0 and old.stage(key) is None,
                filter=tree_to_json(node),
            )
        )
    outside = governed(coming, NO_STAGE)
    count = rows_where(actor, spec, outside).count()
    if count:
        label = _("In no stage yet")
        found.append(StagePreview(NO_STAGE, label, count, 0, is_lost=False, is_new=False, filter=tree_to_json(outside)))
    return found


def problems(actor: Actor, row: Process) -> list[str]:
    """Return what keeps the draft of a process from being put into force, in words."""
    spec, entry = spec_of(actor, row)
    labels = labels_of_values(actor, spec, entry)
    return all_problems(actor, spec, draft_of(row), lambda key: labels.get(key, key))


def warnings(actor: Actor, row: Process) -> list[str]:
    """Return what may be put into force but has no effect so far, in words."""
    spec, entry = spec_of(actor, row)
    labels = labels_of_values(actor, spec, entry)
    found = doubts(draft_of(row), lambda key: labels.get(key, key))
    try:
        to_q(parse_tree(row.condition), spec, system_actor(actor.organization))
    except Invalid as problem:
        text = _("Which records it governs cannot be told any more, so it governs none: %(problem)s")
        found.append(text % {"problem": problem.message})
    return found


@transaction.atomic
def publish(actor: Actor, row: Process, moved: Mapping[str, str] | None = None) -> JobRun:
    """Put the draft of a process into force and return the run that brings running records along.

    Args:
        actor: Somebody who may customise.
        row: The process.
        moved: For each stage that gets lost, into which stage its records go; for the empty one, into which those
            go that are in no stage yet, if they are to begin.

    Raises:
        Invalid: The draft makes no sense; each message says where and what to do.
        Refused: A stage that gets lost has records and nobody said where they go.
    """
    require_ability(actor, Ability.CUSTOMISE)
    Process.objects.select_for_update().get(pk=row.pk)
    wrong = problems(actor, row)
    if wrong:
        raise Invalid([FieldError("", "unsound_process", text) for text in wrong])
    definition = draft_of(row)
    targets = {old: new for old, new in (moved or {}).items() if definition.stage(new) is not None}
    for stage in preview(actor, row):
        if stage.is_lost and stage.count and stage.key not in targets:
            text = _("%(count)d records are in the stage “%(name)s”. Say into which stage they go.")
            raise Refused("stage_in_use", text % {"count": stage.count, "name": stage.label})
    before = {"version": row.version, "is_active": row.is_active}
    lost = [key for key in from_json(row.definition).keys if definition.stage(key) is None]
    row.definition, row.draft = to_json(definition), None
    row.version += 1
    row.is_active = True
    row.save()
    targets = {old: new for old, new in targets.items() if old in lost or old == NO_STAGE}
    ProcessVersion.objects.create(
        organization=actor.organization,
        process=row,
        number=row.version,
        definition=row.definition,
        moved=targets,
        published_by=actor.user,
    )
    forget(actor.organization)
    after = {"version": row.version, "is_active": True}
    tell_setup_changed(actor, SUBJECT, row.pk, "update", values={**_named(row), **difference(before, after)})
    return start_settling(actor, row, moved=targets)


@transaction.atomic
def switch(actor: Actor, row: Process, *, on: bool) -> None:
    """Switch a process that was in force on or off; what has stayed is kept, and running stays go on."""
    require_ability(actor, Ability.CUSTOMISE)
    if on and not row.version:
        raise Refused("never_in_force", _("Put the process into force first."))
    if row.is_active == on:
        return
    row.is_active = on
    row.save(update_fields=["is_active"])
    forget(actor.organization)
    values = {**_named(row), "is_active": (not on, on)}
    tell_setup_changed(actor, SUBJECT, row.pk, "update", values=values)
    if on:
        start_settling(actor, row)


@transaction.atomic
def delete_process(actor: Actor, row: Process) -> None:
    """Delete a process with the history of its stays; the records keep the values of their field."""
    require_ability(actor, Ability.CUSTOMISE)
    tell_setup_changed(actor, SUBJECT, row.pk, "delete", values={"name": (label_of(row), None)})
    row.delete()
    forget(actor.organization)


@transaction.atomic
def order_processes(actor: Actor, object_name: str, ids: list[uuid.UUID]) -> None:
    """Say which process of an object is tried first."""
    require_ability(actor, Ability.CUSTOMISE)
    put_in_order(Process.objects.filter(object_name=object_name).order_by("position"), ids)
    forget(actor.organization)


def active(row: Process) -> ActiveProcess:
    """Return a process as the rules see it when it is in force."""
    return as_active(row)


def with_stage(definition: Definition, stage: Stage) -> Definition:
    """Return the definition with a stage changed, or added at the end of those under way."""
    if definition.stage(stage.key) is not None:
        return replace(
            definition, stages=tuple(stage if known.key == stage.key else known for known in definition.stages)
        )
    before = [known for known in definition.stages if known.is_open or not stage.is_open]
    after = [known for known in definition.stages if known not in before]
    return replace(definition, stages=(*before, stage, *after))


def without_stage(definition: Definition, key: str) -> Definition:
    """Return the definition without a stage and the moves to it."""
    kept = (known for known in definition.stages if known.key != key)
    return replace(
        definition,
        stages=tuple(replace(known, moves=tuple(move for move in known.moves if move != key)) for known in kept),
    )


def in_order(definition: Definition, keys: list[str]) -> Definition:
    """Return the definition with its stages in another order; those not named come last."""
    wanted = {key: index for index, key in enumerate(keys)}
    stages = sorted(definition.stages, key=lambda stage: wanted.get(stage.key, len(wanted)))
    return replace(definition, stages=tuple(stages))


def _judged(actor: Actor, spec: ObjectSpec, condition: Mapping[str, Any] | None) -> Node | None:
    node = join(parse_tree(dict(condition))) if condition else None
    to_q(node, spec, system_actor(actor.organization))
    return node


def _clean_labels(labels: Mapping[str, str]) -> dict[str, str]:
    cleaned = {language: clean_line(text)[:LONGEST_NAME] for language, text in labels.items() if clean_line(text)}
    if not cleaned:
        raise Invalid([FieldError("labels", "required", _("Write what the process is called."))])
    return cleaned


def _free_key(label: str) -> str:
    base = re.sub(r"[^a-z0-9_]+", "_", field_name_from_label(label).lower()).strip("_")[:50] or "process"
    taken = set(Process.objects.values_list("key", flat=True))
    key, number = base, 2
    while key in taken:
        key = f"{base}_{number}"
        number += 1
    return key


def _named(row: Process) -> dict[str, tuple[Any, Any]]:
    return {"name": (label_of(row), label_of(row))}
