"""Kinds whose values come from a list."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions import Type
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, as_text, register_kind

#: The list of values that the organization's tree of territories makes.
TERRITORIES = "territories"


@dataclass(frozen=True)
class Option:
    """One value of a pick list: the stored code, the label for people, a colour name."""

    code: str
    label: Any
    color: str = ""
    active: bool = True


@register_kind
@dataclass(frozen=True)
class Choice(Kind):
    """One value of a pick list.

    ``open`` lists belong to the organization: importing may add to them. ``list_name`` is the key
    under which the organization's own values are stored.
    """

    name: ClassVar[str] = "choice"
    label: ClassVar[Any] = gettext_lazy("Choice")
    widget: ClassVar[str] = "choice"
    options: tuple[Option, ...] = ()
    open: bool = False
    list_name: str = ""

    def option(self, code: Any) -> Option | None:
        """Return the option of a code."""
        return next((option for option in self.options if option.code == code), None)

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the code of a code or of a label in any language; of two equal labels the one that is in use."""
        text = as_text(value, maximum=100)
        if text is None:
            return None
        for option in self.options:
            if text == option.code:
                return option.code
        folded, hidden = text.casefold(), None
        for option in self.options:
            if folded in {option.code.casefold(), str(option.label).casefold()}:
                if option.active:
                    return option.code
                hidden = hidden or option.code
        if hidden is not None:
            return hidden
        raise Unacceptable(
            "unknown_choice",
            _("“%(value)s” is not in the list. Choose one of: %(options)s.")
            % {"value": text[:60], "options": ", ".join(str(o.label) for o in self.options[:20] if o.active)},
        )

    def display(self, value: Any, reading: Reading) -> str:
        """Return the label of a code; a code that has left the list is shown as it is."""
        option = self.option(value)
        return str(option.label) if option else (value or "")

    def search_text(self, value: Any) -> str:
        """Return nothing: choices are filtered, not searched."""
        return ""

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema with the codes; an open list names none, it may grow."""
        if self.open:
            return {"type": "string", "maxLength": 100}
        return {"type": "string", "enum": [option.code for option in self.options]}


@register_kind
@dataclass(frozen=True)
class TerritoryChoice(Choice):
    """A territory of the organization's tree; the stored value is its id.

    The options are the organization's territories; where there are none, the field is not there either.
    """

    name: ClassVar[str] = "territory"
    label: ClassVar[Any] = gettext_lazy("Territory")
    sql_type: ClassVar[str] = "uuid"
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "format": "uuid"}
    list_name: str = TERRITORIES

    def option(self, code: Any) -> Option | None:
        """Return the option of an id."""
        return super().option(str(code))

    def parse(self, value: Any, reading: Reading) -> uuid.UUID | None:  # type: ignore[override]  # ids, not codes
        """Return the id of a territory given by its id or its name."""
        code = super().parse(None if value is None else str(value), reading)
        return parse_id(code) if code else None

    def to_json(self, value: Any) -> str | None:
        """Return the id as text."""
        return None if value is None else str(value)

    def from_json(self, value: Any) -> uuid.UUID | None:
        """Return the id."""
        return parse_id(value) if value is not None else None

    def display(self, value: Any, reading: Reading) -> str:
        """Return the territory's name."""
        option = self.option(value)
        return str(option.label) if option else ""

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema: an id."""
        return dict(self.json_type)


class _Several(Kind):
    """Filters of kinds that hold several values."""

    operators = ("contains", "in", "isnull")
    expression_type: ClassVar[Type | None] = Type.LIST
    sortable = False
    many = True
    sql_type = "text[]"
    json_type: ClassVar[dict[str, Any]] = {"type": "array", "items": {"type": "string", "maxLength": 100}}

    def condition(self, path: str, operator: str, values: list[Any]) -> Q:
        """Return the filter: ``contains`` wants all the values, ``in`` any of them."""
        if operator == "isnull":
            empty = Q(**{f"{path}__isnull": True}) | Q(**{path: []})
            return empty if values[0] else ~empty
        wanted = [item for value in values for item in (value if isinstance(value, list) else [value])]
        return Q(**{f"{path}__{'contains' if operator == 'contains' else 'overlap'}": wanted})

    def holds(self, value: Any, operator: str, values: list[Any]) -> bool:
        """Say whether a list of values passes a filter."""
        if operator == "isnull":
            return (not value) is bool(values[0])
        wanted = {item for value in values for item in (value if isinstance(value, list) else [value])}
        return wanted <= set(value or ()) if operator == "contains" else not wanted.isdisjoint(value or ())


def _parts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, dict):
        raise Unacceptable("not_list", _("This must be a list."))
    if not isinstance(value, (list, tuple)):
        for separator in ("\n", ";", "；", "，", "、", "|"):
            value = str(value).replace(separator, ",")
        value = value.split(",")
    parts: list[str] = []
    for part in value:
        text = as_text(part, maximum=100)
        if text and text not in parts:
            parts.append(text)
    return parts


@register_kind
@dataclass(frozen=True)
class MultipleChoice(_Several):
    """Several values of a pick list."""

    name: ClassVar[str] = "multiple_choice"
    label: ClassVar[Any] = gettext_lazy("Several choices")
    widget: ClassVar[str] = "multiple_choice"
    options: tuple[Option, ...] = ()
    open: bool = False
    list_name: str = ""

    def _single(self) -> Choice:
        return Choice(options=self.options, open=self.open, list_name=self.list_name)

    def parse(self, value: Any, reading: Reading) -> list[str]:
        """Return the codes."""
        single = self._single()
        return [code for part in _parts(value) if (code := single.parse(part, reading)) is not None]

    def display(self, value: Any, reading: Reading) -> str:
        """Return the labels."""
        single = self._single()
        return ", ".join(single.display(code, reading) for code in value or [])

    def search_text(self, value: Any) -> str:
        """Return nothing."""
        return ""


@register_kind
@dataclass(frozen=True)
class Tags(_Several):
    """Free labels; an organization's tags are suggested while typing."""

    name: ClassVar[str] = "tags"
    label: ClassVar[Any] = gettext_lazy("Tags")
    widget: ClassVar[str] = "tags"
    maximum: int = 50

    def parse(self, value: Any, reading: Reading) -> list[str]:
        """Return the tags without duplicates."""
        tags = list(dict.fromkeys(clean_text(part)[:60].strip() for part in _parts(value)))
        if len(tags) > self.maximum:
            raise Unacceptable("too_many", _("At most %(maximum)d tags fit.") % {"maximum": self.maximum})
        return tags

    def display(self, value: Any, reading: Reading) -> str:
        """Return the tags in one line."""
        return ", ".join(value or [])

    def search_text(self, value: Any) -> str:
        """Return the tags as words."""
        return " ".join(value or [])
