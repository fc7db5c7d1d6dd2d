"""Where processes use fields and values of choices: asked before one of them goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.objects.field_uses import FieldUse, Specs, Wanted, tree_uses
from banyan.core.processes.active import said
from banyan.core.processes.models import Process
from banyan.core.processes.rules import Definition, from_json


def uses_in_processes(specs: Specs, wanted: Wanted) -> Iterator[FieldUse]:
    """Yield the processes, in force or as drafts, that would break without a field, or a value of it."""
    for row in Process.objects.all():
        definitions = [from_json(stored) for stored in (row.definition, row.draft) if stored]
        trees = [row.condition, *(tree for definition in definitions for tree in _trees(definition))]
        is_named = row.object_name == wanted.object_name and any(_names(row, one, wanted) for one in definitions)
        if is_named or any(_tree_uses(specs, row.object_name, tree, wanted) for tree in trees):
            place = _("the process “%(name)s”") % {"name": said(row.labels) or row.key}
            yield FieldUse(place, f"/settings/processes/{row.pk}")


def _names(row: Process, definition: Definition, wanted: Wanted) -> bool:
    """Say whether a value is a stage, or a field holds the stages or is needed in one."""
    if wanted.code is not None:
        return row.field_name == wanted.name and definition.stage(wanted.code) is not None
    needed = {name for stage in definition.stages for name in (*stage.entry.fields, *stage.exit.fields)}
    return wanted.name in {row.field_name, *needed}


def _trees(definition: Definition) -> Iterator[Any]:
    for stage in definition.stages:
        for gate in (stage.entry, stage.exit):
            for check in gate.checks:
                yield dict(check.filter)


def _tree_uses(specs: Specs, object_name: str, tree: Any, wanted: Wanted) -> bool:
    """Say whether a condition uses a field of its own object, or one of a record that it links to."""
    if object_name == wanted.object_name and tree_uses(tree, wanted):
        return True
    spec = specs.get(object_name)
    links = spec.links if spec is not None else {}
    return any(
        tree_uses(tree, Wanted(object_name, f"{name}.{wanted.name}", wanted.code))
        for name, entry in links.items()
        if getattr(entry.kind, "target", "") == wanted.object_name
    )
