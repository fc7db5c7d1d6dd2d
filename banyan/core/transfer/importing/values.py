"""From the cells of a row to the values of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Integer,
    Kind,
    MultipleChoice,
    Number,
    Tags,
)
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.formulas import unescaped
from banyan.core.transfer.importing.plan import CREATED_BY, KEY, LANGUAGES, ORIGIN_LABELS, ColumnPlan, ImportPlan
from banyan.core.transfer.parsing import (
    ChoiceOption,
    DateOrder,
    NumberStyle,
    Unreadable,
    is_blank,
    parse_boolean,
    parse_choice,
    parse_date,
    parse_datetime,
    parse_decimal,
    parse_integer,
    split_multiple,
)
from banyan.core.transfer.parts import from_parts, part_names, split_part, with_part

Reader = Callable[[Cell], Any]
LONGEST_KEY = 200
#: Of the words of a list that cells were read for, so many are remembered.
MOST_KNOWN_WORDS = 1_000


@dataclass
class SourceRow:
    """A row of the file on its way: its number there, cells, the values read, what is wrong.

    ``origin`` holds its key in another system and what is known of it there, by the names of ``ORIGIN_LABELS``;
    ``lost`` what is wrong with values that were let go; ``is_known`` says that its key was met before.
    """

    number: int
    cells: list[Cell]
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    origin: dict[str, Any] = field(default_factory=dict)
    lost: list[FieldError] = field(default_factory=list)
    is_known: bool = False

    @property
    def key(self) -> str:
        """Its key in the other system, or an empty text."""
        return str(self.origin.get(KEY, ""))

    def is_good(self) -> bool:
        """Say whether nothing is wrong so far."""
        return not self.errors


class RowReader:
    """Reads rows by a plan; built once per run, because building looks up labels in both languages."""

    def __init__(self, spec: ObjectSpec, plan: ImportPlan, *, zone: str, language: str) -> None:
        self._columns: list[_ReadColumn] = []
        self._origins: list[_OriginColumn] = []
        for position, column in enumerate(plan.columns):
            if column.field_name in ORIGIN_LABELS:
                self._origins.append(
                    _OriginColumn(position, column.field_name, _origin_reader(column, zone), column.values)
                )
                continue
            name, part = split_part(column.field_name)
            entry = spec.writable_fields.get(name)
            if entry is not None:
                read = _as_written if part else _reader(entry.kind, column, plan, zone)
                self._columns.append(_ReadColumn(position, entry, part, read, column.values))
        self._parted = [entry for entry in self.fields if part_names(entry)]
        self._language = language
        self._constants = plan.constants
        self._grows = plan.create_options
        self._lenient = plan.lenient
        self._width = len(plan.columns)

    @property
    def fields(self) -> list[Field]:
        """The fields that the plan fills."""
        return list({column.field.name: column.field for column in self._columns}.values())

    @property
    def growing_fields(self) -> list[Field]:
        """The filled fields whose open lists take new words by the plan."""
        return [entry for entry in self.fields if self._grows and getattr(entry.kind, "open", False)]

    def read(self, row: SourceRow, *, missing: int = 0, surplus: int = 0) -> SourceRow:
        """Fill the row's values; cells that cannot be read become errors, empty ones give no value.

        A row whose cells stand in the wrong columns is not guessed at.
        """
        if surplus or (missing and missing * 2 >= self._width > 2):
            row.errors.append(
                FieldError("", "ragged_row", _("This row has more or fewer cells than there are columns."))
            )
            return row
        row.values.update(self._constants)
        values = row.values
        for column in self._columns:
            self._take(row, column)
        for entry in self._parted:
            if isinstance(values.get(entry.name), dict):
                values[entry.name] = from_parts(entry, values[entry.name], self._language)
        for origin in self._origins:
            _read_origin(row, origin)
        return row

    def _take(self, row: SourceRow, column: _ReadColumn) -> None:
        """Read the cell of a column into the row's values; words are translated before."""
        position, entry, part, read, translations = column
        cell = row.cells[position]
        if is_blank(cell):
            return
        if isinstance(cell, str) and cell[0] == "'":
            cell = unescaped(cell)
        if translations:
            cell = translations.get(str(cell).strip(), cell)
            if is_blank(cell):
                return
        try:
            value = read(cell)
        except Unreadable as problem:
            errors = row.lost if self._lenient and not entry.required else row.errors
            errors.append(FieldError(entry.name, problem.code, str(problem.message)))
            return
        if part or entry.name in row.values:
            value = with_part(entry, row.values.get(entry.name), part, value)
        row.values[entry.name] = value


class _ReadColumn(NamedTuple):
    """A column that fills a field, or a part of an address; ``values`` translates what stands in its cells."""

    position: int
    field: Field
    part: str
    read: Reader
    values: dict[str, str]


class _OriginColumn(NamedTuple):
    """A column that tells of the record in another system."""

    position: int
    name: str
    read: Reader
    values: dict[str, str]


def _read_origin(row: SourceRow, column: _OriginColumn) -> None:
    cell = row.cells[column.position]
    if is_blank(cell):
        return
    try:
        value = column.read(column.values.get(str(cell).strip(), cell))
    except Unreadable as problem:
        row.lost.append(FieldError(column.name, problem.code, str(problem.message)))
        return
    if value is not None:
        row.origin[column.name] = value


def _origin_reader(column: ColumnPlan, zone: str) -> Reader:
    """Return how a key, an instant or a person of another system is read; people have been made ids before."""
    if column.field_name == KEY:
        return lambda cell: _as_written(cell).strip()[:LONGEST_KEY]
    if column.field_name == CREATED_BY:
        return lambda cell: parse_id(str(cell))
    order = DateOrder(column.date_order) if column.date_order else None
    return lambda cell: parse_datetime(cell, order, zone=ZoneInfo(zone))


def _reader(kind: Kind, column: ColumnPlan, plan: ImportPlan, zone: str) -> Reader:
    order = DateOrder(column.date_order) if column.date_order else None
    style = NumberStyle(column.number_style) if column.number_style else NumberStyle.POINT
    if isinstance(kind, DateTime):
        place = ZoneInfo(zone)
        return lambda cell: parse_datetime(cell, order, zone=place)
    if isinstance(kind, Date):
        return lambda cell: parse_date(cell, order)
    if isinstance(kind, Integer):
        return lambda cell: parse_integer(cell, style)
    if isinstance(kind, Number):
        return lambda cell: parse_decimal(cell, style)
    if isinstance(kind, Boolean):
        return parse_boolean
    if isinstance(kind, Choice):
        return _choice_reader(kind, open_list=plan.create_options and kind.open)
    if isinstance(kind, MultipleChoice):
        single = _choice_reader(Choice(options=kind.options), open_list=plan.create_options and kind.open)
        words = column.values
        return lambda cell: [single(words.get(part, part)) for part in split_multiple(cell)]
    if isinstance(kind, Tags):
        return split_multiple
    return _as_written


def _choice_reader(kind: Choice, *, open_list: bool) -> Reader:
    options = bilingual_options(kind)
    known: dict[str, str] = {}

    def read(cell: Cell) -> Any:
        if isinstance(cell, str) and (code := known.get(cell)) is not None:
            return code
        try:
            code = parse_choice(cell, options)
        except Unreadable:
            if open_list:
                return NewOption(str(cell).strip())
            raise
        if isinstance(cell, str) and len(known) < MOST_KNOWN_WORDS:
            known[cell] = code
        return code

    return read


class NewOption(str):
    """A word that an open pick list does not have yet; it is added before the row is written."""

    __slots__ = ()


def bilingual_options(kind: Choice) -> tuple[ChoiceOption, ...]:
    """Return a list's values with their labels in both languages."""
    labels: dict[str, list[str]] = {option.code: [] for option in kind.options}
    for language in LANGUAGES:
        with override(language):
            for option in kind.options:
                labels[option.code].append(str(option.label))
    return tuple(ChoiceOption(code, tuple(dict.fromkeys(texts))) for code, texts in labels.items())


def _as_written(cell: Cell) -> Any:
    """Return a cell as text; whole numbers and days of workbooks as people would write them."""
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    return cell if isinstance(cell, str) else str(cell)
