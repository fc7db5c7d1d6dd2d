"""What every kind of field can do: read values, write them out, filter, describe itself."""

from __future__ import annotations

import copy
import operator as operators
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.db.models import Q
from django.utils.translation import gettext as _

from banyan.core.expressions import Type
from banyan.core.kernel.registry import Registry
from banyan.core.kernel.text.cleaning import clean_text


class Unacceptable(Exception):
    """A value that a kind cannot take; ``code`` is stable, ``message`` names the way out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Reading:
    """The circumstances under which values are read and shown.

    ``resolve`` finds records by what people write: it maps a target object and a text to an id.
    ``labels`` holds the names of linked records and people that a page has loaded.
    """

    language: str = "en"
    time_zone: str = "UTC"
    currency: str = "CNY"
    country: str = "CN"
    resolve: Callable[[str, str], uuid.UUID | None] | None = None
    labels: Mapping[uuid.UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operator:
    """A comparison that a filter can make; ``arity`` is how many values it takes (-1: a list)."""

    name: str
    label: Any
    arity: int = 1


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operators.eq,
    "ne": operators.ne,
    "lt": operators.lt,
    "lte": operators.le,
    "gt": operators.gt,
    "gte": operators.ge,
}
#: How values are compared that are encrypted: by a fingerprint of the whole value.
SEALED_OPERATORS = ("eq", "in", "isnull")


@dataclass(frozen=True)
class Kind:
    """Base of all field kinds; one subclass each, so that no code switches on a kind's name."""

    name: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    widget: ClassVar[str] = "text"
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "in", "isnull")
    json_type: ClassVar[dict[str, Any]] = {"type": "string"}
    sql_type: ClassVar[str] = "text"
    sortable: ClassVar[bool] = True
    totals: ClassVar[bool] = False
    many: ClassVar[bool] = False
    #: Whether values can be encrypted in the database; then they are texts in JSON, too.
    sealable: ClassVar[bool] = False
    #: Whether values are encrypted unless somebody decides otherwise.
    is_personal: ClassVar[bool] = False
    #: What the values are in formulas; None where formulas cannot use them.
    expression_type: ClassVar[Type | None] = Type.TEXT

    def parse(self, value: Any, reading: Reading) -> Any:
        """Return the value to store for what a page, the API or a file gave; None for empty.

        Raises ``Unacceptable`` when the value does not fit.
        """
        raise TypeError(type(self).__name__)

    def to_json(self, value: Any) -> Any:
        """Return the value as the API shows it."""
        return value

    def from_json(self, value: Any) -> Any:
        """Return the Python value of what ``to_json`` gave; custom fields and the change log are stored so."""
        return value

    def sealed(self) -> Self:
        """Return the kind as a field has it whose values are encrypted: found as a whole, in no order."""
        found = copy.copy(self)
        operators = tuple(name for name in SEALED_OPERATORS if name in self.operators)
        object.__setattr__(found, "operators", operators)
        object.__setattr__(found, "sortable", False)
        return found

    def doubt(self, value: Any) -> str:
        """Return why a value that is accepted may yet be a slip, in one sentence; most kinds have no doubts."""
        return ""

    def display(self, value: Any, reading: Reading) -> str:
        """Return the value as text for people."""
        return "" if value is None else str(value)

    def export(self, value: Any, reading: Reading) -> Any:
        """Return the value for a cell of a file, such that ``parse`` reads it back."""
        return self.display(value, reading)

    def search_text(self, value: Any) -> str:
        """Return the words by which the value is found."""
        return "" if value is None else str(value)

    def is_empty(self, value: Any) -> bool:
        """Say whether a stored value counts as not filled."""
        return value is None or value in ("", [], {})

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the value in the API."""
        return dict(self.json_type)

    def condition(self, path: str, operator: str, values: list[Any]) -> Q:
        """Return the filter for ``path`` (a model path or a typed annotation of a custom field)."""
        if operator == "isnull":
            return self.empty_condition(path) if values[0] else ~self.empty_condition(path)
        if operator == "eq":
            return Q(**{path: values[0]})
        if operator == "ne":
            return ~Q(**{path: values[0]}) | Q(**{f"{path}__isnull": True})
        if operator == "in":
            return Q(**{f"{path}__in": values})
        if operator == "between":
            return Q(**{f"{path}__gte": values[0], f"{path}__lte": values[1]})
        return Q(**{f"{path}__{operator}": values[0]})

    def holds(self, value: Any, operator: str, values: list[Any]) -> bool:
        """Say whether a value passes a filter: the twin of ``condition`` for values that are in no row yet."""
        if operator == "isnull":
            return self.is_empty(value) is bool(values[0])
        if value is None:
            return operator == "ne"
        if operator == "between":
            return bool(values[0] <= value <= values[1])
        if operator == "in":
            return value in values
        return bool(_COMPARISONS[operator](value, values[0]))

    def empty_condition(self, path: str) -> Q:
        """Return the filter for records where ``path`` is not filled; an empty text is not."""
        empty = Q(**{f"{path}__isnull": True})
        return empty | Q(**{path: ""}) if self.sql_type == "text" else empty

    def parse_filter(self, operator: str, values: list[Any], reading: Reading) -> list[Any]:
        """Return the values of a filter, read like values of the field."""
        if operator == "isnull":
            return [_truth(values[0])]
        return [self.parse(value, reading) for value in values]


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in {"true", "1", "yes"}:
        return True
    if text in {"false", "0", "no"}:
        return False
    raise Unacceptable("not_boolean", _("Write true or false."))


def as_text(value: Any, *, maximum: int) -> str | None:
    """Return cleaned text, None when empty; raise if it is too long or not text at all."""
    if value is None:
        return None
    if isinstance(value, (dict, list)):
        raise Unacceptable("not_text", _("This must be a text."))
    text = clean_text(value if isinstance(value, str) else str(value))
    if len(text) > maximum:
        raise Unacceptable(
            "too_long",
            _("This text has %(length)d characters; at most %(maximum)d fit here.")
            % {"length": len(text), "maximum": maximum},
        )
    return text or None


kinds: Registry[type[Kind]] = Registry("field kinds")


def register_kind(kind: type[Kind]) -> type[Kind]:
    """Make a kind available under its name; used as a decorator."""
    kinds.add(kind.name, kind)
    return kind
