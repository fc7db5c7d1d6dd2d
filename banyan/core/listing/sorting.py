"""Order of lists, and pages that begin where the last one ended (keyset paging).

A page costs the same however deep it lies, and rows that come or go meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from django.db.models import BooleanField, Expression, F, Func, OrderBy
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.fields import open_fields, unknown_field, value_expression
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec

MOST_KEYS = 5
LONGEST_CURSOR = 4_000
_BIGGEST_INTEGER = 2**63 - 1
_MOST_DIGITS = 100


@dataclass(frozen=True)
class SortKey:
    """One column of the order; ``sql_type`` says how a cursor's value is read back."""

    name: str
    expression: Expression | F
    sql_type: str
    descending: bool = False
    nullable: bool = False

    def order(self) -> OrderBy:
        """Return the order in Django's words; empty values come last either way.

        "NULLS LAST" is said only where it differs from the default, because an index that is sorted
        the default way would otherwise not serve.
        """
        return OrderBy(
            self.expression, descending=self.descending, nulls_last=(self.descending and self.nullable) or None
        )


@dataclass(frozen=True)
class Order:
    """A complete order: the keys asked for and the id, which makes it unambiguous."""

    keys: tuple[SortKey, ...]
    signature: str

    @property
    def optional_key(self) -> SortKey | None:
        """Return the key, if the list is sorted by a single one and that may be empty."""
        return self.keys[0] if len(self.keys) == 2 and self.keys[0].nullable else None

    def without_empty(self) -> Order:
        """Return the order among rows where the optional key is filled."""
        first = self.keys[0]
        return Order((SortKey(first.name, first.expression, first.sql_type, first.descending), self.keys[1]), "")

    def by_id(self) -> Order:
        """Return the order among rows whose other keys are the same."""
        return Order(self.keys[-1:], "")


def order_of(actor: Actor, spec: ObjectSpec, sort: Sequence[str]) -> Order:
    """Return the order that names of fields ask for, a minus before a name meaning descending.

    Without names it is the object's own order. Raises ``Invalid`` for fields that do not exist, that
    the actor does not see openly, or that cannot be sorted.
    """
    fields = open_fields(actor, spec)
    names = [name.strip() for name in sort if name.strip()]
    if not names:
        names = [name for name in spec.sort.split(",") if name.lstrip("-") in fields]
    if len(names) > MOST_KEYS:
        message = _("A list can be sorted by at most %(maximum)d fields.") % {"maximum": MOST_KEYS}
        raise Invalid([FieldError("sort", "too_many", message)])
    keys: dict[str, SortKey] = {}
    for name in names:
        key = _key(spec, fields, name)
        keys.setdefault(key.name, key)
    descending = next(reversed(keys.values())).descending if keys else True
    signature = f"{spec.name}:{','.join(('-' if key.descending else '') + key.name for key in keys.values())}"
    return Order((*keys.values(), SortKey("id", F("id"), "uuid", descending)), signature)


def _key(spec: ObjectSpec, fields: dict[str, Field], name: str) -> SortKey:
    bare = name.removeprefix("-")
    entry = fields.get(bare)
    if entry is None:
        sortable = [other for other, candidate in fields.items() if candidate.kind.sortable]
        raise unknown_field(bare, sortable, parameter="sort")
    if not entry.kind.sortable:
        message = _("A list cannot be sorted by “%(label)s”.") % {"label": entry.label}
        raise Invalid([FieldError("sort", "not_sortable", message)])
    descending = name.startswith("-")
    if entry.source == CUSTOM:
        return SortKey(bare, value_expression(entry), entry.kind.sql_type, descending, nullable=True)
    attribute = _sort_column(spec, entry)
    nullable = bool(getattr(spec.model._meta.get_field(attribute), "null", False))  # noqa: SLF001 Django's model API
    return SortKey(bare, F(attribute), entry.kind.sql_type, descending, nullable)


def _sort_column(spec: ObjectSpec, entry: Field) -> str:
    """Return the column to sort by: names have a second one in which Chinese stands by its pinyin."""
    special = f"sort_{entry.attribute}"
    columns = {column.attname for column in spec.model._meta.concrete_fields}  # noqa: SLF001
    return special if special in columns else entry.attribute


class After(Func):
    """Whether a row comes after a position in an order; one row comparison where an index can serve it."""

    output_field = BooleanField()

    def __init__(self, order: Order, position: Sequence[Any]) -> None:
        super().__init__(*(key.expression for key in order.keys))
        self.keys = order.keys
        self.position = tuple(position)

    def as_sql(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return the comparison."""
        columns = [compiler.compile(expression) for expression in self.get_source_expressions()]
        return after_sql(self.keys, columns, self.position)


Fragment = tuple[str, Sequence[Any]]


def after_sql(keys: Sequence[SortKey], columns: Sequence[Fragment], position: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return the SQL, with its parameters, for rows after a position; ``columns`` are the keys' SQL."""
    if not any(key.nullable for key in keys) and len({key.descending for key in keys}) == 1:
        sign = "<" if keys[0].descending else ">"
        left = ", ".join(sql for sql, _parameters in columns)
        parameters = [value for _sql, given in columns for value in given]
        return f"(({left}) {sign} ({', '.join(['%s'] * len(keys))}))", [*parameters, *position]
    alternatives: list[Fragment] = []
    same: list[Fragment] = []
    for key, column, value in zip(keys, columns, position, strict=True):
        later = _later(key, column, value)
        if later is not None:
            alternatives.append(_joined([*same, later], " AND "))
        same.append(
            (f"{column[0]} IS NULL", column[1]) if value is None else (f"{column[0]} = %s", [*column[1], value])
        )
    sql, given = _joined(alternatives, " OR ")
    return sql, list(given)


def _later(key: SortKey, column: Fragment, value: Any) -> Fragment | None:
    """Return the condition that one key alone comes later; nothing comes after an empty value."""
    if value is None:
        return None
    sql, parameters = column
    later = f"{sql} {'<' if key.descending else '>'} %s"
    if not key.nullable:
        return later, [*parameters, value]
    return f"({later} OR {sql} IS NULL)", [*parameters, value, *parameters]


def _joined(parts: Sequence[Fragment], word: str) -> Fragment:
    return f"({word.join(sql for sql, _given in parts)})", [value for _sql, given in parts for value in given]


def write_cursor(order: Order, position: Sequence[Any]) -> str:
    """Return the text by which the next page is asked for: the last row's place in the order."""
    values = [str(value) if isinstance(value, Decimal) else value for value in position]
    return base64.urlsafe_b64encode(orjson.dumps([order.signature, *values])).decode().rstrip("=")


def read_cursor(order: Order, cursor: str) -> list[Any] | None:
    """Return the position that a cursor holds, None for an empty one.

    Raises ``Invalid`` (``bad_cursor``) for a cursor of another order and for anything not made here.
    """
    if not cursor:
        return None
    try:
        return _position(order, cursor)
    except (ValueError, TypeError, InvalidOperation, binascii.Error):
        message = _("This page does not fit the order of the list. Start again from the first page.")
        raise Invalid([FieldError("cursor", "bad_cursor", message)]) from None


def _position(order: Order, cursor: str) -> list[Any]:
    if len(cursor) > LONGEST_CURSOR:
        raise ValueError(len(cursor))
    signature, *values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    if signature != order.signature or len(values) != len(order.keys):
        raise ValueError(signature)
    return [_restored(key, value) for key, value in zip(order.keys, values, strict=True)]


def _restored(key: SortKey, value: Any) -> Any:
    """Return a cursor's value as the type that the database compares; raise ``ValueError`` if it is none."""
    if value is None:
        if not key.nullable:
            raise ValueError(key.name)
        return None
    if key.sql_type == "bigint":
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _BIGGEST_INTEGER:
            raise ValueError(key.name)
        return value
    if key.sql_type == "boolean":
        if not isinstance(value, bool):
            raise ValueError(key.name)
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(key.name)
    return _FROM_TEXT.get(key.sql_type, str)(value)


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS or len(text) > _MOST_DIGITS:
        raise ValueError(text)
    return number


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


_FROM_TEXT: dict[str, Any] = {
    "numeric": _number,
    "date": date.fromisoformat,
    "timestamptz": _instant,
    "uuid": uuid.UUID,
}
