"""Spreadsheets that name each other's rows by an id: found by their values, offered as a choice, followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.objects.kinds import Email, Phone, Reference
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.migration.keys import Column, id_columns, references
from banyan.migration.models import Move, MoveTable
from banyan.migration.people import people_of, stages_of
from banyan.migration.planning import words_of
from banyan.migration.services.finding import require_draft
from banyan.migration.services.keeping import at_hand
from banyan.migration.services.preparing import importable, prepare_anew, store_mappings
from banyan.migration.sources import PLAIN, folded
from banyan.migration.staging import written
from banyan.migration.uploads import opened


@dataclass
class _Sheet:
    """A spreadsheet of one's own with the columns that may hold ids."""

    row: MoveTable
    spec: ObjectSpec
    columns: list[Column]

    @property
    def words(self) -> frozenset[str]:
        """What its rows are called."""
        return frozenset(folded(word) for word in words_of(self.spec))


def relate(actor: Actor, move: Move, paths: Mapping[Any, Path]) -> None:
    """Look which spreadsheets of a move name each other's rows, and follow what is found.

    ``paths`` are delivered files that lie at hand, by the id of their ``MoveFile``. What somebody has chosen stays so.
    """
    specs = importable(actor)
    rows = list(move.tables.select_related("task", "source__file").filter(system=PLAIN, sets_links=False))
    sheets = [
        _Sheet(row, specs[row.object_name], _columns(row, specs[row.object_name], paths))
        for row in rows
        if row.task_id and row.object_name in specs
    ]
    refused = {_name(entry) for entry in move.relations if not entry["chosen"]}
    found = [entry for sheet in sheets for entry in _relations_of(sheet, sheets)]
    kept = _one_key_each(found)
    for entry in kept:
        entry["chosen"] = _name(entry) not in refused
    move.relations = kept
    move.save(update_fields=["relations"])
    _follow(actor, move, rows, paths)


@transaction.atomic
def choose_relations(actor: Actor, move: Move, chosen: Collection[int]) -> None:
    """Follow the relations at these places of the list and no others."""
    require_draft(move)
    wanted = [position in chosen for position in range(len(move.relations))]
    if wanted == [entry["chosen"] for entry in move.relations]:
        return
    for entry, is_chosen in zip(move.relations, wanted, strict=True):
        entry["chosen"] = is_chosen
    move.save(update_fields=["relations"])
    rows = list(move.tables.select_related("task", "source__file").filter(system=PLAIN, sets_links=False))
    _follow(actor, move, rows, {})


def _columns(row: MoveTable, spec: ObjectSpec, paths: Mapping[Any, Path]) -> list[Column]:
    plan = ImportPlan.from_json(row.task.plan) if row.task else ImportPlan([])
    passed_over = frozenset(column.column for column in plan.columns if _is_no_id(spec, column.field_name))
    with at_hand(row.source, paths) as path, opened(path, row.member, row.sheet) as table:
        texts = ([written(cell) for cell in cells] for _number, cells in table.rows)
        return id_columns(table.columns, texts, passed_over=passed_over)


def _is_no_id(spec: ObjectSpec, field_name: str) -> bool:
    """Say whether a column goes to a field that is never an id: the title, a phone, an address of e-mail."""
    entry = spec.all_fields.get(field_name)
    return field_name == spec.title or (entry is not None and isinstance(entry.kind, (Phone, Email)))


def _relations_of(sheet: _Sheet, sheets: Sequence[_Sheet]) -> Iterator[dict[str, Any]]:
    """Yield the surest relation of a sheet for each of its links."""
    taken: set[str] = set()
    for target in sheets:
        field_name = _link_to(sheet.spec, target.spec.name)
        if not field_name or field_name in taken:
            continue
        for found in references(sheet.columns, target.columns, target.words):
            if found.column in taken or (target is sheet and found.column == found.key):
                continue
            taken |= {field_name, found.column}
            yield {
                "table": str(sheet.row.pk), "column": found.column, "field": field_name, "target": str(target.row.pk),
                "key": found.key, "found": found.found, "different": found.different,
            }  # fmt: skip
            break


def _link_to(spec: ObjectSpec, object_name: str) -> str:
    """Return the field by which an object links to another; where it has none, one that links to any."""
    writable = spec.writable_fields
    of_its_own = (name for name, entry in writable.items() if getattr(entry.kind, "target", "") == object_name)
    of_any = (name for name, entry in writable.items() if isinstance(entry.kind, Reference))
    return next(of_its_own, "") or (next(of_any, "") if object_name != spec.name else "")


def _one_key_each(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what names rows by another column than most do: a table has one key."""
    votes: dict[tuple[str, str], int] = {}
    for entry in found:
        votes[entry["target"], entry["key"]] = votes.get((entry["target"], entry["key"]), 0) + entry["found"]
    best = {target: key for (target, key), _votes in sorted(votes.items(), key=lambda pair: pair[1])}
    return [entry for entry in found if best[entry["target"]] == entry["key"]]


def _follow(actor: Actor, move: Move, rows: Sequence[MoveTable], paths: Mapping[Any, Path]) -> None:
    """Prepare the tables anew whose key or links are others now."""
    objects = {str(row.pk): row.object_name for row in rows}
    wanted: dict[str, dict[str, Any]] = {}
    for entry in move.relations:
        if entry["chosen"] and entry["target"] in objects:
            wanted.setdefault(entry["target"], {})["key"] = entry["key"]
            own = wanted.setdefault(entry["table"], {}).setdefault("to", {})
            own[entry["column"]] = [entry["field"], objects[entry["target"]]]
    people, stages = people_of(move), stages_of(move)
    for row in rows:
        links = wanted.get(str(row.pk), {})
        if links != row.links and row.object_name:
            row.links = links
            with at_hand(row.source, paths) as path:
                prepare_anew(actor, move, row, path, people, stages)
    store_mappings(move, people, stages)


def _name(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return (entry["table"], entry["column"], entry["target"], entry["key"])
