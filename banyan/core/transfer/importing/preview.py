"""What an import would stumble over, found in the first rows before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError
from banyan.core.objects.kinds import Choice, Kind, MultipleChoice, Reading, Reference, Unacceptable
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.importing.plan import ColumnPlan, ImportPlan
from banyan.core.transfer.importing.values import NewOption, RowReader, SourceRow, bilingual_options
from banyan.core.transfer.parsing import Unreadable, is_blank, parse_choice, split_multiple, suggest_choice
from banyan.core.transfer.parts import split_part
from banyan.core.transfer.reading import Table

PREVIEWED_ROWS = 200
SHOWN_PROBLEMS = 5
MOST_WORDS = 20


@dataclass(frozen=True)
class Problem:
    """What is wrong in one row: its number in the file, the column (empty: the row itself), and the reason."""

    number: int
    column: str
    message: str


@dataclass(frozen=True)
class Preview:
    """How the first rows would fare; ``missing`` are the labels of needed fields that no column fills."""

    rows: int
    wrong: int
    problems: list[Problem]
    missing: list[str]


@dataclass(frozen=True)
class UnknownWord:
    """A word in cells that is not in the field's list, and the value that it probably means, or an empty text."""

    text: str
    suggestion: str


def preview(actor: Actor, spec: ObjectSpec, plan: ImportPlan, table: Table) -> Preview:
    """Return what is wrong in the first 200 rows, as far as it shows without asking the database.

    People and records that are named in cells, and duplicates, are looked up by a trial run only.
    """
    reader = RowReader(spec, plan, zone=actor.time_zone, language=actor.language)
    columns = {column.field_name: column.column for column in plan.columns if column.field_name}
    reading = reading_for(actor)
    problems: list[Problem] = []
    rows = wrong = 0
    for row in islice(table.numbered_rows(), PREVIEWED_ROWS):
        rows += 1
        read = reader.read(SourceRow(row.number, row.cells), missing=row.missing, surplus=len(row.surplus))
        errors = [*read.errors, *_unacceptable(spec, read, reading)]
        wrong += bool(errors)
        problems += [Problem(row.number, columns.get(error.field, ""), str(error.message)) for error in errors]
    return Preview(rows, wrong, problems[:SHOWN_PROBLEMS], _missing(spec, plan))


def unknown_words(column: ColumnPlan, entry: Field, samples: Sequence[Cell]) -> list[UnknownWord]:
    """Return the words of a column that are not in the list of the choice it fills, each with a suggestion."""
    kind = entry.kind
    if not isinstance(kind, (Choice, MultipleChoice)):
        return []
    options = bilingual_options(kind if isinstance(kind, Choice) else Choice(options=kind.options))
    found: dict[str, UnknownWord] = {}
    for text in _words(kind, samples):
        if text in found:
            continue
        try:
            parse_choice(text, options)
        except Unreadable:
            found[text] = UnknownWord(text, column.values.get(text) or suggest_choice(text, options) or "")
        if len(found) == MOST_WORDS:
            break
    return list(found.values())


def _words(kind: Kind, samples: Sequence[Cell]) -> list[str]:
    filled = [cell for cell in samples if not is_blank(cell)]
    if isinstance(kind, MultipleChoice):
        return [part for cell in filled for part in split_multiple(cell)]
    return [str(cell).strip() for cell in filled]


def _unacceptable(spec: ObjectSpec, row: SourceRow, reading: Reading) -> list[FieldError]:
    """Return what the kinds of the fields would refuse; values that have to be looked up are left to the run."""
    errors = []
    for name, value in row.values.items():
        kind = spec.all_fields[name].kind
        if getattr(kind, "target", "") or isinstance(kind, Reference) or kind.widget == "people" or _is_new(value):
            continue
        try:
            kind.parse(value, reading)
        except Unacceptable as problem:
            errors.append(FieldError(name, problem.code, problem.message))
    title = spec.all_fields[spec.title]
    if row.is_good() and title.required and spec.title not in row.values and spec.title in spec.writable_fields:
        errors.append(FieldError(spec.title, "required", _("“%(label)s” is needed.") % {"label": title.label}))
    return errors


def _is_new(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(part, NewOption) for part in parts)


def _missing(spec: ObjectSpec, plan: ImportPlan) -> list[str]:
    filled = {split_part(column.field_name)[0] for column in plan.columns} | set(plan.constants)
    return [
        str(entry.label)
        for name, entry in spec.writable_fields.items()
        if entry.required and entry.default is None and name not in filled
    ]
