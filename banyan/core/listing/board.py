"""Boards: one column for each stage or option, with its sum, its number and its first cards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, IntegerField, Model, Q, QuerySet, Sum, Value

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.counting import currency_column
from banyan.core.listing.fields import open_fields, shown_fields, unknown_field, value_expression
from banyan.core.listing.filters import Condition, Node, live_rows
from banyan.core.listing.labels import labels_for_rows
from banyan.core.listing.query import Columns, Row
from banyan.core.listing.selection import ListRequest, Selection
from banyan.core.listing.sorting import Order, order_of, write_cursor
from banyan.core.objects.kinds import Choice, Link, Money
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import CUSTOM, Board, Field, ObjectSpec

CARDS = 10
MOST_COLUMNS = 60
#: How the value of an own field that makes the columns is called in queries.
COLUMN_VALUE = "value_of_column"
_CARD_FIELDS = ("owner", "updated_at", "version")
Sums = dict[str, Decimal]


@dataclass
class BoardColumn:
    """A column of a board: how many records, what they add up to by currency, and the first of them.

    ``weighted`` multiplies the sums by the ``probability`` (a percentage) of the stage, where stages
    have one; ``expected`` are the sums of an amount that is weighted already. ``limit`` is how many records it should hold at most; 0 is no limit. ``filter`` and ``next_cursor`` ask ``list_rows`` for further cards.
    """

    key: uuid.UUID | str
    label: str
    color: str = ""
    probability: int | None = None
    limit: int = 0
    count: int = 0
    totals: Sums = field(default_factory=dict)
    expected: Sums = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    next_cursor: str | None = None
    filter: Node | None = None

    @property
    def is_over_limit(self) -> bool:
        """Say whether the column holds more than it should."""
        return 0 < self.limit < self.count

    @property
    def weighted(self) -> Sums:
        """Return the sums by currency as far as they can be expected to come in."""
        if self.probability is None:
            return self.expected
        return {currency: total * self.probability / 100 for currency, total in self.totals.items()}


@dataclass(frozen=True)
class BoardPage:
    """A board: its columns, the names of what the cards link to, and which group of columns it shows."""

    columns: list[BoardColumn]
    labels: Mapping[uuid.UUID, str] = field(default_factory=dict)
    group: uuid.UUID | None = None


@dataclass(frozen=True)
class BoardGroup:
    """A set of columns to choose from, such as a pipeline."""

    id: uuid.UUID
    label: str


def board_groups(actor: Actor, spec: ObjectSpec, board: Board) -> list[BoardGroup]:
    """Return the groups that a board can show, the usual one first; none when it has only one set of columns."""
    group_spec = _group_spec(actor, spec, board)
    if group_spec is None:
        return []
    rows = restrict(live_rows(actor, group_spec), actor, group_spec)
    first = ["-is_default"] if "is_default" in group_spec.all_fields else []
    order = [*first, *_natural_order(group_spec)]
    return [BoardGroup(pk, label) for pk, label in rows.order_by(*order).values_list("pk", group_spec.title)]


def board_columns(
    actor: Actor,
    spec: ObjectSpec,
    request: ListRequest,
    board: Board,
    *,
    group: uuid.UUID | None = None,
    cards: int = CARDS,
) -> BoardPage:
    """Return a board of the rows that a request asks for, in its order within each column.

    ``group`` chooses the pipeline where the columns belong to several (the usual one otherwise).
    Costs one query for the sums, one for all cards, one or two for what the columns are, and one for
    each object that cards link to. Raises ``Invalid`` for a wrong request, or when the actor does not
    see the field that makes the columns.
    """
    readable = open_fields(actor, spec)
    entry = readable.get(board.field)
    if entry is None:
        raise unknown_field(board.field, readable, parameter="board")
    if group is None:
        group = next((found.id for found in board_groups(actor, spec, board)), None)
    selection = Selection(actor, spec, request)
    columns = _columns(actor, entry, board, group)
    by_key = {column.key: column for column in columns}
    total = readable.get(board.total)
    rows = selection.rows()
    if entry.source == CUSTOM:
        rows = rows.alias(**{COLUMN_VALUE: value_expression(entry)})
    rows = rows.filter(**{f"{_path(entry)}__in": list(by_key)})
    _add_up(rows, entry, by_key, total=total, readable=readable, own_currency=actor.currency)
    order = order_of(actor, spec, request.sort)
    shown = Columns(actor, spec, request.columns or _card_columns(actor, spec, board))
    filled = [(column, Q(**{_path(entry): column.key})) for column in columns if column.count]
    deal(rows, filled, shown=shown, order=order, cards=cards)
    every = [row for column in columns for row in column.rows]
    linked = [name for name in shown.names if name != board.field]
    labels = {column.key: column.label for column in columns if isinstance(column.key, uuid.UUID)}
    return BoardPage(columns, {**labels, **labels_for_rows(spec, every, linked, actor=actor)}, group)


def _path(entry: Field) -> str:
    """Return how the value is addressed by which records stand in their columns."""
    return COLUMN_VALUE if entry.source == CUSTOM else entry.attribute


def _card_columns(actor: Actor, spec: ObjectSpec, board: Board) -> tuple[str, ...]:
    shown = shown_fields(actor, spec)
    wanted = (spec.title, board.field, *board.card, board.total, *_CARD_FIELDS)
    return tuple(name for name in dict.fromkeys(wanted) if name in shown)


def _columns(actor: Actor, entry: Field, board: Board, group: uuid.UUID | None) -> list[BoardColumn]:
    kind = entry.kind
    if isinstance(kind, Choice):
        options = [option for option in kind.options if option.active]
        found = [BoardColumn(option.code, str(option.label), option.color) for option in options]
    elif isinstance(kind, Link):
        found = _columns_of_records(actor, specs_for(actor.organization)[kind.target], board, group)
    else:
        raise unknown_field(board.field, (), parameter="board")
    for column in found:
        column.filter = Condition(entry.name, "eq", (kind.to_json(column.key),))
    return found[:MOST_COLUMNS]


def _columns_of_records(actor: Actor, target: ObjectSpec, board: Board, group: uuid.UUID | None) -> list[BoardColumn]:
    rows = restrict(live_rows(actor, target), actor, target)
    if board.group_field and group is not None:
        rows = rows.filter(**{target.all_fields[board.group_field].attribute: group})
    extra = [name for name in ("color", "probability", "card_limit") if name in target.all_fields]
    ordered = rows.order_by(*_natural_order(target)).values("pk", target.title, *extra)
    return [
        BoardColumn(
            row["pk"], row[target.title], row.get("color") or "", row.get("probability"), row.get("card_limit") or 0
        )
        for row in ordered[:MOST_COLUMNS]
    ]


def _group_spec(actor: Actor, spec: ObjectSpec, board: Board) -> ObjectSpec | None:
    if not board.group_field:
        return None
    specs = specs_for(actor.organization)
    target = specs[spec.all_fields[board.field].kind.target]  # type: ignore[attr-defined]
    return specs[target.all_fields[board.group_field].kind.target]  # type: ignore[attr-defined]


def _natural_order(spec: ObjectSpec) -> list[str]:
    return ["position", spec.title] if "position" in spec.all_fields else [spec.title]


def _add_up(
    rows: QuerySet[Model],
    entry: Field,
    by_key: Mapping[Any, BoardColumn],
    *,
    total: Field | None,
    readable: dict[str, Field],
    own_currency: str,
) -> None:
    """Count and sum all columns in one query."""
    names = {"column": F(_path(entry))}
    figures: dict[str, Any] = {"number": Count("*")}
    currency = ""
    if total is not None:
        figures["total"] = Sum(value_expression(total))
        currency = currency_column(total, readable)
        if currency:
            names["currency_of_total"] = F(currency)
    for row in rows.values(**names).annotate(**figures):
        column = by_key[row["column"]]
        column.count += row["number"]
        if total is not None and row["total"] is not None:
            shown = (row.get("currency_of_total") or own_currency) if isinstance(total.kind, Money) else ""
            column.totals[shown] = column.totals.get(shown, Decimal(0)) + Decimal(row["total"])


def deal(
    rows: QuerySet[Model],
    columns: Sequence[tuple[BoardColumn, Q]],
    *,
    shown: Columns,
    order: Order,
    cards: int,
) -> None:
    """Read the first cards of every column, given with its condition, in one query, each column by its own index."""
    keys = {f"key_{index}": key.expression for index, key in enumerate(order.keys[:-1])}
    parts = [
        rows.filter(condition)
        .annotate(place=Value(index, output_field=IntegerField()), **keys)
        .order_by(*(key.order() for key in order.keys))
        .values_list("place", *shown.attributes, *keys)[: cards + 1]
        for index, (_column, condition) in enumerate(columns)
    ]
    if not parts:
        return
    dealt: list[list[Sequence[Any]]] = [[] for _column in columns]
    for place, *values in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        dealt[place].append(values)
    width = len(shown.attributes)
    for (column, _condition), found in zip(columns, dealt, strict=True):
        column.rows = shown.rows(found[:cards])
        if len(found) > cards:
            last = found[cards - 1]
            column.next_cursor = write_cursor(order, [*last[width:], last[0]])
