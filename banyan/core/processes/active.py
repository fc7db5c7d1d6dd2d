"""Processes in force, as they hang on the shaped specifications: found at no cost in every write."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import Node, conditions_of, parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.kinds import Choice, Money
from banyan.core.objects.spec import Board, Field, ObjectSpec
from banyan.core.processes.models import Process
from banyan.core.processes.rules import Definition, Texts, from_json
from banyan.core.records.drafts import Draft
from banyan.core.records.linked import LinkedValues

#: Under which key of ``spec.shaping`` the processes of an object are found, and the stages that processes use of it.
PROCESSES, STAGES = "processes", "stages_of_processes"


@dataclass(frozen=True)
class ActiveProcess:
    """A process in force."""

    id: uuid.UUID
    key: str
    labels: Texts
    object_name: str
    field_name: str
    condition: Node | None
    definition: Definition
    version: int
    time_zone: str

    @property
    def label(self) -> str:
        """Return what the process is called in the language of the moment."""
        return said(self.labels) or self.key

    @property
    def watched(self) -> frozenset[str]:
        """Return the fields of the record whose change may bring it elsewhere."""
        return frozenset({self.field_name, *_own_fields(self.condition)})


def load(specs: Mapping[str, ObjectSpec]) -> dict[str, tuple[ActiveProcess, ...]]:
    """Return the processes in force by object, in the order in which they are tried."""
    found: dict[str, tuple[ActiveProcess, ...]] = {}
    rows = Process.objects.filter(is_active=True).select_related("organization")
    for row in rows.order_by("position", "created_at", "pk"):
        spec = specs.get(row.object_name)
        if spec is not None and row.field_name in spec.all_fields:
            found[row.object_name] = (*found.get(row.object_name, ()), as_active(row))
    return found


def load_boards(specs: Mapping[str, ObjectSpec]) -> dict[str, Board]:
    """Return, for objects whose records go through a process, a board with its stages as columns."""
    found = {}
    for name, processes in load(specs).items():
        spec = specs[name]
        entry = spec.all_fields[processes[0].field_name]
        if spec.board is None and spec.has_page and isinstance(entry.kind, Choice):
            total = "amount" if isinstance(getattr(spec.all_fields.get("amount"), "kind", None), Money) else ""
            card = tuple(shown for shown in spec.subtitle if shown not in {total, entry.name})
            found[name] = Board(entry.name, total=total, card=card)
    return found


def load_stages(specs: Mapping[str, ObjectSpec]) -> dict[str, dict[str, str]]:
    """Return, by the object whose records are stages, the keys of those in use with the process that uses them."""
    found: dict[str, dict[str, str]] = {}
    for name, processes in load(specs).items():
        for process in processes:
            target = getattr(specs[name].all_fields[process.field_name].kind, "target", "")
            if target:
                found.setdefault(target, {}).update(dict.fromkeys(process.definition.keys, process.label))
    return found


def as_active(row: Process, definition: Definition | None = None) -> ActiveProcess:
    """Return a process as it is, or would be with another definition."""
    return ActiveProcess(
        id=row.pk,
        key=row.key,
        labels=row.labels,
        object_name=row.object_name,
        field_name=row.field_name,
        condition=parse_tree(row.condition) if row.condition else None,
        definition=definition or from_json(row.definition),
        version=row.version,
        time_zone=row.organization.time_zone,
    )


def processes_of(spec: ObjectSpec) -> Sequence[ActiveProcess]:
    """Return the processes in force for an object."""
    found: Sequence[ActiveProcess] = spec.shaping.get(PROCESSES, ())
    return found


def has_process(spec: ObjectSpec) -> bool:
    """Say whether a process governs some records of an object."""
    return bool(spec.shaping.get(PROCESSES))


def fitting(node: Node | None, spec: ObjectSpec, actor: Actor) -> Fitting | None:
    """Return a condition ready to be tried; None when a field or value in it is no longer possible."""
    try:
        return Fitting(node, spec, actor)
    except Invalid:
        return None


class Governing:
    """Which processes govern drafts: for each field the first whose condition they fit."""

    def __init__(
        self, actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft], processes: Sequence[ActiveProcess] | None = None
    ) -> None:
        system = system_actor(actor.organization)
        chosen = processes_of(spec) if processes is None else processes
        self._tried = [(process, fitting(process.condition, spec, system)) for process in chosen]
        paths = {path for _process, fits in self._tried if fits is not None for path in fits.paths}
        self._values = LinkedValues(system, spec, drafts, paths)

    def of(self, draft: Draft) -> list[ActiveProcess]:
        """Return the processes of a draft, as it is about to be."""
        values = self._values.of(draft)
        found: dict[str, ActiveProcess] = {}
        for process, fits in self._tried:
            if process.field_name not in found and fits is not None and fits.holds(values):
                found[process.field_name] = process
        return list(found.values())


def stage_key(value: Any) -> str:
    """Return the key of the stage that a value of a field stands for; an empty one for no value."""
    return "" if value is None else str(value)


def said(texts: Texts) -> str:
    """Return what an administrator wrote, in the language of the moment or the one there is."""
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return texts.get(language) or next((text for text in texts.values() if text), "")


def field_of_process(spec: ObjectSpec, process: ActiveProcess | Process) -> Field:
    """Return the field whose values are the stages."""
    return spec.all_fields[process.field_name]


def _own_fields(node: Node | None) -> set[str]:
    return {condition.field.partition(".")[0] for condition in conditions_of(node)}
