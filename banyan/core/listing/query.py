"""Pages of rows of any object: what is asked for, in order, with the names of what they link to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import excepted_fields, opened
from banyan.core.kernel.errors import Missing
from banyan.core.listing.fields import masked_names, shown_fields, unknown_field
from banyan.core.listing.guarded import tell_read
from banyan.core.listing.labels import labels_for_rows
from banyan.core.listing.masking import Masked, mask
from banyan.core.listing.narrowing import Position, is_narrow, narrowed_page
from banyan.core.listing.selection import ListRequest, Selection, matching_rows
from banyan.core.listing.sorting import After, Order, order_of, read_cursor, write_cursor
from banyan.core.objects.kinds import Kind
from banyan.core.objects.sealing import Damaged, open_value
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec

__all__ = [
    "MOST_ROWS_OF_A_PAGE", "Columns", "ListPage", "ListRequest", "Masked", "fetch_row", "list_rows", "matching_rows",
]  # fmt: skip

MOST_ROWS_OF_A_PAGE = 1_000
DAMAGED_TEXT = "⚠"
Row = dict[str, Any]
#: Under this key a row names its fields that are restricted elsewhere but open in this record.
OPEN = ":open"


@dataclass(frozen=True)
class ListPage:
    """Rows by field name (and ``id``), the cursor of the next page, and the names of linked records.

    A value that the actor sees masked is a ``Masked`` text, whatever its kind.
    """

    rows: list[Row]
    next_cursor: str | None = None
    labels: Mapping[uuid.UUID, str] = field(default_factory=dict)


def list_rows(actor: Actor, spec: ObjectSpec, request: ListRequest) -> ListPage:
    """Return one page of the rows that the actor may see.

    Costs one query for the rows (two when few rows match among many, or when the page reaches those
    whose sorted field is empty) and one for each object that they link to. Raises ``Invalid`` for
    unknown fields, operators and values, and for a cursor that does not fit.
    """
    columns = Columns(actor, spec, request.columns or spec.columns)
    order = order_of(actor, spec, request.sort)
    position = read_cursor(order, request.cursor)
    limit = max(1, min(request.limit, MOST_ROWS_OF_A_PAGE))
    found = _page(Selection(actor, spec, request), order, position, columns=columns, count=limit + 1)
    rows = columns.rows([values for values, _place in found[:limit]])
    tell_read(actor, spec, columns.names, rows)
    following = write_cursor(order, found[limit - 1][1]) if len(found) > limit else None
    labelled = [name for name in columns.names if request.labelled is None or name in request.labelled]
    return ListPage(rows, following, labels_for_rows(spec, rows, labelled, actor=actor))


def fetch_row(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID, *, columns: Sequence[str] = ()) -> Row:
    """Return one record with the named fields, or with all that the actor may see.

    Raises ``Missing`` when there is no such record outside the recycle bin, or it may not be seen.
    """
    wanted = Columns(actor, spec, columns or tuple(shown_fields(actor, spec)))
    found = Selection(actor, spec).rows().filter(pk=record_id).values_list(*wanted.attributes).first()
    if found is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    row = wanted.rows([found])[0]
    tell_read(actor, spec, wanted.names, [row])
    return row


class Columns:
    """The fields that rows show, how they are read from the database, and what of them is masked.

    Fields that are open in some records only cost one more query for the rows of a page. Raises ``Invalid`` for names that are no field or that the actor may not see; ``id`` is always there.
    """

    def __init__(self, actor: Actor, spec: ObjectSpec, names: Sequence[str]) -> None:
        shown = shown_fields(actor, spec)
        wanted = [name for name in dict.fromkeys(names) if name != "id"]
        for name in wanted:
            if name not in shown and (name not in spec.all_fields or names is not spec.columns):
                raise unknown_field(name, shown, parameter="fields")
        self.names = tuple(name for name in wanted if name in shown)
        entries = [shown[name] for name in self.names]
        self.attributes = list(dict.fromkeys(["id", *(entry.attribute for entry in entries)]))
        masked = masked_names(actor, spec)
        self._actor, self._spec = actor, spec
        self._excepted = excepted_fields(actor, spec).intersection(self.names)
        self._plan = [
            (
                entry,
                self.attributes.index(entry.attribute),
                entry.source == CUSTOM,
                _veil(entry, masked, self._excepted),
            )
            for entry in entries
        ]

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Row]:
        """Return rows by field name from the values of ``attributes``."""
        if not self._excepted or not found:
            return [self._row(values, frozenset()) for values in found]
        open_in = opened(self._actor, self._spec, self._excepted, [values[0] for values in found])
        return [
            self._row(values, frozenset(name for name, ids in open_in.items() if values[0] in ids)) for values in found
        ]

    def _row(self, values: Sequence[Any], open_names: frozenset[str]) -> Row:
        row: Row = {"id": values[0]}
        for entry, place, is_custom, veil in self._plan:
            value = _custom_value(entry, values[place]) if is_custom else values[place]
            if entry.is_sealed:
                value = _opened(entry, values[0], value)
            row[entry.name] = value if veil is None or entry.name in open_names else veil(entry.kind, value)
        if open_names:
            row[OPEN] = open_names
        return row


def _veil(entry: Field, masked: set[str], excepted: Collection[str]) -> Callable[[Kind, Any], Any] | None:
    """Return what keeps a value from the reader where the field is not open."""
    if entry.name in masked:
        return mask
    return _leave_out if entry.name in excepted and entry.name not in masked else None


def _leave_out(kind: Kind, value: Any) -> None:
    return None


def _custom_value(entry: Field, custom: Mapping[str, Any] | None) -> Any:
    return entry.kind.from_json((custom or {}).get(entry.name))


def _opened(entry: Field, record_id: uuid.UUID, stored: Any) -> Any:
    """Return a sealed value; one that was damaged is no reason to show nothing of a whole page."""
    try:
        return open_value(entry, record_id, stored)
    except Damaged:
        return Masked(DAMAGED_TEXT)


Found = list[tuple[Sequence[Any], Position]]


def _page(selection: Selection, order: Order, position: Sequence[Any] | None, *, columns: Columns, count: int) -> Found:
    """Return the values and places of the next rows, found in the way that fits how many match."""
    if is_narrow(selection, order):
        narrow = narrowed_page(selection, order, position, count)
        if narrow is not None:
            return _with_values(selection.spec, narrow, columns)
    rows = selection.rows()
    if order.optional_key is None:
        return _read(rows, order, position, columns=columns, count=count)
    return _filled_then_empty(rows, order, position, columns=columns, count=count)


def _with_values(spec: ObjectSpec, places: Sequence[tuple[uuid.UUID, Position]], columns: Columns) -> Found:
    if not places:
        return []
    rows = spec.model._default_manager.filter(pk__in=[pk for pk, _place in places]).order_by()  # noqa: SLF001
    values = {row[0]: row for row in rows.values_list(*columns.attributes)}
    return [(values[pk], place) for pk, place in places if pk in values]


def _filled_then_empty(
    rows: QuerySet[Model], order: Order, position: Sequence[Any] | None, *, columns: Columns, count: int
) -> Found:
    """Return rows sorted by a field that may be empty: two steps, each in the order of an index."""
    found: Found = []
    path = order.keys[0].expression
    marked = rows.alias(sorted_value=path)
    if position is None or position[0] is not None:
        filled = marked.filter(sorted_value__isnull=False)
        found = _read(filled, order.without_empty(), position, columns=columns, count=count)
        position = None
    if len(found) < count:
        last = None if position is None else position[1:]
        empty = marked.filter(sorted_value__isnull=True)
        rest = _read(empty, order.by_id(), last, columns=columns, count=count - len(found))
        found += [(values, (None, *place)) for values, place in rest]
    return found


def _read(
    rows: QuerySet[Model], order: Order, position: Sequence[Any] | None, *, columns: Columns, count: int
) -> Found:
    names = [f"key_{index}" for index in range(len(order.keys) - 1)]
    keys = {name: key.expression for name, key in zip(names, order.keys, strict=False)}
    if position is not None:
        rows = rows.filter(After(order, position))
    ordered = rows.annotate(**keys).order_by(*(key.order() for key in order.keys))
    width = len(columns.attributes)
    values = ordered.values_list(*columns.attributes, *names)[:count]
    return [(row[:width], (*row[width:], row[0])) for row in values]
