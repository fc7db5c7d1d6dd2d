"""The page before an import: how each column was understood, and what would go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Missing
from banyan.core.objects.customising import CUSTOM_KINDS
from banyan.core.objects.kinds import Boolean, Choice, Date, DateTime, Integer, MultipleChoice, Number, kinds
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.importing import services
from banyan.core.transfer.importing.engine import open_planned
from banyan.core.transfer.importing.plan import (
    MATCH_MODES,
    ORIGIN_LABELS,
    ColumnPlan,
    ImportPlan,
    creatable_links,
    possible_names,
)
from banyan.core.transfer.importing.preview import preview, unknown_words
from banyan.core.transfer.models import Import
from banyan.core.transfer.parsing import DateOrder, NumberStyle
from banyan.core.transfer.parts import part_label, part_names, split_part
from banyan.core.transfer.reading import Table

NEW_FIELD = "+"
SAMPLE_CELLS = 3
SAMPLE_CHARACTERS = 60
SURE = 0.9
#: What people find in lists of encodings; anything else is found out from the content.
ENCODINGS = {
    "utf-8": "UTF-8", "gb18030": "GB18030 (GBK)", "cp950": "Big5", "utf-16": "UTF-16", "cp1252": "Windows-1252",
    "cp932": "Shift JIS",
}  # fmt: skip
#: Kinds that need settings of their own are made on the settings page.
NEW_KINDS = tuple(name for name in CUSTOM_KINDS if name not in {"link", "person"})


@dataclass(frozen=True)
class PlanPage:
    """The plan of an import as a page shows it, with the file open to look into."""

    actor: Actor
    task: Import
    spec: ObjectSpec
    plan: ImportPlan
    table: Table
    samples: Sequence[Sequence[Cell]]

    def context(self, *, problem: str = "") -> dict[str, Any]:
        """Return what the template of the page needs."""
        return {
            "task": self.task,
            "spec": self.spec,
            "columns": [self.column(position) for position in range(len(self.plan.columns))],
            "match": self.plan.match,
            "matches": matches(),
            "match_by": self.plan.match_by[0] if self.plan.match_by else "",
            "match_fields": self._match_fields(),
            "keep_filled": self.plan.keep_filled,
            "sheets": self.table.sheets if len(self.table.sheets) > 1 else [],
            "sheet": self.table.sheet,
            "encodings": list(ENCODINGS.items()) if self.table.encoding else [],
            "encoding": (self.table.encoding or "").lower(),
            "preview": self.preview_context(),
            "problem": problem,
        }

    def preview_context(self) -> dict[str, Any]:
        """Return what is wrong in the first rows, for the notice above the columns."""
        found = preview(self.actor, self.spec, self.plan, self.table)
        return {"rows": found.rows, "wrong": found.wrong, "problems": found.problems, "missing": found.missing}

    def column(self, position: int) -> dict[str, Any]:
        """Return what the row of a column shows: samples, its field, and how its cells are read."""
        column = self.plan.columns[position]
        name, part = split_part(column.field_name)
        entry = None if part else self.spec.writable_fields.get(name)
        is_new = not column.field_name and column.confidence < 0
        return {
            "position": position,
            "name": column.column,
            "samples": [str(cell)[:SAMPLE_CHARACTERS] for cell in self.samples[position][:SAMPLE_CELLS]],
            "field": NEW_FIELD if is_new else column.field_name,
            "fields": self._fields(),
            "may_be_new": self.actor.has(Ability.CUSTOMISE),
            "doubt": bool(column.field_name) and 0 <= column.confidence < SURE,
            "kinds": [(kind, str(kinds[kind].label)) for kind in NEW_KINDS] if is_new else [],
            "kind": column.new_kind or "text",
            "date_orders": _date_orders() if _is_day(entry, column, is_new=is_new) else [],
            "date_order": column.date_order,
            "number_styles": [style.value for style in NumberStyle] if _is_number(entry) else [],
            "number_style": column.number_style,
            "words": _words(column, entry, self.samples[position]),
            "options": _options(entry),
            "may_grow": getattr(getattr(entry, "kind", None), "open", False),
        }

    def _fields(self) -> list[tuple[str, str]]:
        chosen = []
        for entry in self.spec.writable_fields.values():
            mark = " *" if entry.required else ""
            chosen.append((entry.name, f"{entry.label}{mark}"))
            chosen += [(name, str(part_label(entry, split_part(name)[1]))) for name in part_names(entry)]
        if self.plan.system:
            chosen += [(name, str(label)) for name, label in ORIGIN_LABELS.items()]
        possible = possible_names(self.spec, self.plan)
        return [pair for pair in chosen if pair[0] in possible]

    def _match_fields(self) -> list[tuple[str, str]]:
        """Return the fields that may tell records apart: those that the file fills."""
        names = dict.fromkeys(column.field_name for column in self.plan.columns)
        fields = self.spec.writable_fields
        return [(name, str(fields[name].label)) for name in names if name in fields]


@contextmanager
def plan_page(actor: Actor, task: Import, spec: ObjectSpec, plan: ImportPlan) -> Iterator[PlanPage]:
    """Open an import's file for the time of the block; raise ``Missing`` when it is kept nowhere."""
    if task.file is None:
        raise Missing("file_lost", _("The content of this file is missing. Choose it again."))
    with services.local_copy(task.file) as path, open_planned(path, plan) as table:
        yield PlanPage(actor, task, spec, plan, table, table.column_samples())


def read_plan(task: Import, spec: ObjectSpec, sent: QueryDict) -> tuple[ImportPlan, list[str]]:
    """Return the plan that a form describes, and the columns that are to become new fields."""
    plan = ImportPlan.from_json(task.plan)
    wanted: list[str] = []
    for position, column in enumerate(plan.columns):
        _read_column(column, position, sent)
        if sent.get(f"field_{position}") == NEW_FIELD:
            wanted.append(column.column)
    match = sent.get("match", plan.match)
    plan.match = match if match in MATCH_MODES else "update"
    plan.match_by = [name for name in sent.getlist("match_by") if name in spec.all_fields]
    plan.keep_filled = sent.get("keep_filled") == "true"
    plan.create_links = creatable_links(spec, [column.field_name for column in plan.columns])
    return plan, wanted


def _read_column(column: ColumnPlan, position: int, sent: QueryDict) -> None:
    chosen = sent.get(f"field_{position}", column.field_name)
    if chosen == NEW_FIELD:
        # Less than no confidence marks the wish for a new field on the page alone; it is not stored.
        column.field_name, column.confidence = "", -1.0
    elif chosen != column.field_name:
        column.field_name, column.confidence = chosen, 1.0
    kind = sent.get(f"kind_{position}", "")
    if kind in NEW_KINDS:
        column.new_kind = kind
    order = sent.get(f"order_{position}", column.date_order)
    column.date_order = order if order in set(DateOrder) else ""
    style = sent.get(f"style_{position}", column.number_style)
    column.number_style = style if style in set(NumberStyle) else ""
    words, codes = sent.getlist(f"word_{position}"), sent.getlist(f"code_{position}")
    if words:
        column.values = {word: code for word, code in zip(words, codes, strict=False) if code}


def matches() -> list[tuple[str, str]]:
    """Return what may be done with rows whose record is there already."""
    return [
        ("update", _("Update the record that is there")),
        ("skip", _("Leave the row out")),
        ("create", _("Create another record")),
        ("ask", _("Ask me, row by row")),
    ]


def _is_day(entry: Field | None, column: ColumnPlan, *, is_new: bool) -> bool:
    if is_new:
        return column.new_kind in {Date.name, DateTime.name}
    return entry is not None and isinstance(entry.kind, (Date, DateTime))


def _is_number(entry: Field | None) -> bool:
    return entry is not None and isinstance(entry.kind, (Integer, Number)) and not isinstance(entry.kind, Boolean)


def _date_orders() -> list[tuple[str, str]]:
    return [
        (DateOrder.YEAR_FIRST.value, _("year, month, day")),
        (DateOrder.DAY_FIRST.value, _("day, month, year")),
        (DateOrder.MONTH_FIRST.value, _("month, day, year")),
    ]


def _words(column: ColumnPlan, entry: Field | None, samples: Sequence[Cell]) -> list[dict[str, str]]:
    if entry is None:
        return []
    return [{"text": word.text, "code": word.suggestion} for word in unknown_words(column, entry, samples)]


def _options(entry: Field | None) -> list[tuple[str, str]]:
    kind = entry.kind if entry else None
    if not isinstance(kind, (Choice, MultipleChoice)):
        return []
    return [(option.code, str(option.label)) for option in kind.options if option.active]
