"""Values as pages show them: the cells, facts and links that the components take."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import excepted_fields
from banyan.core.access.decisions import fields as field_access
from banyan.core.access.scopes import FieldAccess
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.languages import written_day, written_instant
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.labels import labels_for_rows, labels_of
from banyan.core.listing.masking import Masked
from banyan.core.listing.query import OPEN
from banyan.core.objects.kinds import USER, Choice, Money, MultipleChoice, Reading, split_reference
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.panels import contributions, due_fields

Row = Mapping[str, Any]
Cell = dict[str, Any]

#: Widgets whose values stand at the end of a column, so that digits meet digits.
ALIGNED_AT_END = {"integer", "decimal", "money"}
LONGEST_IN_LIST = 120


@dataclass
class Presenter:
    """Turns the values of one object's rows into cells for one reader."""

    actor: Actor
    spec: ObjectSpec
    labels: Mapping[uuid.UUID, str] = field(default_factory=dict)

    @cached_property
    def reading(self) -> Reading:
        """Return how the reader wants values to be written."""
        return reading_for(self.actor, labels=self.labels)

    @cached_property
    def access(self) -> Mapping[str, FieldAccess]:
        """Return what the reader may do with each field."""
        return field_access(self.actor, self.spec, self.spec.all_fields)

    @cached_property
    def today(self) -> date:
        """Return the reader's day."""
        return today(self.actor.time_zone)

    @cached_property
    def due(self) -> dict[str, Mapping[str, tuple[Any, ...]]]:
        """Return the fields that can be late, with the values that other fields must have for it."""
        return {entry.field: entry.open_when for entry in contributions(due_fields, self.actor, self.spec.name)}

    @cached_property
    def pages(self) -> dict[str, str]:
        """Return the path segments of the objects that have pages for this reader."""
        return {name: spec.plural for name, spec in specs_on(self.actor.organization).items()}

    def visible(self, names: Iterable[str]) -> list[Field]:
        """Return those of the named fields that exist and that the reader may see."""
        known = self.spec.all_fields
        shown = shown_fields(self.actor, self.spec)
        return [known[name] for name in names if name in known and name in shown]

    @cached_property
    def excepted(self) -> frozenset[str]:
        """Return the restricted fields that are open in some records."""
        return excepted_fields(self.actor, self.spec)

    def access_in(self, row: Row) -> Mapping[str, FieldAccess]:
        """Return what the reader may do with each field in the record of a row."""
        opened = row.get(OPEN, ())
        return {name: FieldAccess.EDITABLE if name in opened else level for name, level in self.access.items()}

    def editable_somewhere(self, entry: Field) -> bool:
        """Say whether the reader may change the field in some records at least."""
        return self.editable(entry) or (entry.name in self.excepted and self.editable(entry, {OPEN: (entry.name,)}))

    def editable(self, entry: Field, row: Row | None = None) -> bool:
        """Say whether the reader may change the field on a page: in every record, or in that of the row."""
        is_open = self.access[entry.name] is FieldAccess.EDITABLE or entry.name in (row or {}).get(OPEN, ())
        return is_open and not entry.read_only and entry.kind.widget in EDITABLE

    def title(self, row: Row) -> str:
        """Return the name of a record; one without a name of its own is called by its number."""
        entry = self.spec.all_fields.get(self.spec.title)
        text = self.text(entry, row) if entry else ""
        return text or str(row.get("number") or self.spec.label)

    def text(self, entry: Field, row: Row) -> str:
        """Return a value as plain text."""
        value = row.get(entry.name)
        if isinstance(value, Masked):
            return value
        return " ".join(self._written(entry, value, row).split())

    def cell(self, entry: Field, row: Row, *, in_list: bool = True) -> Cell:
        """Return the cell of a field's value; in a list long texts are cut and the title opens the record."""
        value = row.get(entry.name)
        if isinstance(value, Masked):
            return {"kind": "text", "text": value, "readonly": True}
        shown = _shower(entry)(self, entry, value, row)
        if not self.editable(entry, row):
            shown["readonly"] = True
        if in_list and len(shown.get("text") or "") > LONGEST_IN_LIST:
            shown["text"] = shown["text"][:LONGEST_IN_LIST].rstrip() + "…"
        if in_list and entry.name == self.spec.title:
            name = shown.get("text") or self.title(row)
            return {"kind": "title", "text": name, "href": self.url(row["id"]), "readonly": shown.get("readonly")}
        return shown

    def url(self, record_id: Any) -> str:
        """Return the address of one of the object's records."""
        return f"/{self.spec.plural}/{record_id}"

    def link(self, target: str, record_id: uuid.UUID) -> str:
        """Return the address of a record of any object, empty when the reader has no such pages."""
        return f"/{self.pages[target]}/{record_id}" if target in self.pages else ""

    def _written(self, entry: Field, value: Any, row: Row) -> str:
        if isinstance(entry.kind, Money) and value is not None:
            return _amount(entry.kind, value, currency_of(self.actor, entry, row), self.actor.language)
        return entry.kind.display(value, self.reading)

    def _default(self, entry: Field, value: Any, row: Row) -> Cell:
        return {
            "kind": entry.kind.name,
            "text": self._written(entry, value, row),
            "value": value,
        }

    def _choice(self, entry: Field, value: Any, row: Row) -> Cell:
        kind = entry.kind
        option = kind.option(value) if isinstance(kind, Choice) else None
        return {"kind": "choice", "text": kind.display(value, self.reading), "color": option.color if option else ""}

    def _choices(self, entry: Field, value: Any, row: Row) -> Cell:
        options = {option.code: option for option in getattr(entry.kind, "options", ())}
        entries = [
            {
                "text": str(options[code].label) if code in options else code,
                "color": options[code].color if code in options else "",
            }
            for code in value or []
        ]
        return {"kind": "multiple_choice", "entries": entries, "text": entry.kind.display(value, self.reading)}

    def _tags(self, entry: Field, value: Any, row: Row) -> Cell:
        base = f"/{self.spec.plural}?"
        entries = [{"text": tag, "href": base + condition_query(entry.name, "contains", tag)} for tag in value or []]
        return {"kind": "tags", "entries": entries, "text": ", ".join(value or [])}

    def _link(self, entry: Field, value: Any, row: Row) -> Cell:
        if value is None:
            return {"kind": "text", "text": ""}
        name = self.labels.get(value)
        if not name:
            return {"kind": "text", "text": _("(not visible to you)")}
        target = getattr(entry.kind, "target", "")
        href = self.link(target, value)
        return {"kind": "link" if href else "text", "text": name, "href": href}

    def _reference(self, entry: Field, value: Any, row: Row) -> Cell:
        pointed = split_reference(value)
        name = self.labels.get(pointed[1]) if pointed else None
        if not pointed or not name:
            return {"kind": "text", "text": ""}
        href = self.link(*pointed)
        return {"kind": "link" if href else "text", "text": name, "href": href}

    def _person(self, entry: Field, value: Any, row: Row) -> Cell:
        return {"kind": "person", "text": self.labels.get(value, "") if value else ""}

    def _people(self, entry: Field, value: Any, row: Row) -> Cell:
        names = [self.labels[person] for person in value or [] if person in self.labels]
        return {"kind": "multiple_choice", "entries": [{"text": name} for name in names], "text": ", ".join(names)}

    def _date(self, entry: Field, value: Any, row: Row) -> Cell:
        if value is None:
            return {"kind": "date", "text": ""}
        late = entry.name in self.due and value < self.today and _is_open(self.due[entry.name], row)
        text = relative_day(value, self.today) or entry.kind.display(value, self.reading)
        return {
            "kind": "date",
            "text": text,
            "value": value.isoformat(),
            "overdue": late,
            "hint": entry.kind.display(value, self.reading),
        }

    def _datetime(self, entry: Field, value: Any, row: Row) -> Cell:
        if value is None:
            return {"kind": "datetime", "text": ""}
        return {
            "kind": "datetime",
            "text": short_instant(value, self.actor),
            "value": value.isoformat(),
            "overdue": entry.name in self.due and value < now() and _is_open(self.due[entry.name], row),
            "hint": entry.kind.display(value, self.reading),
        }

    def _boolean(self, entry: Field, value: Any, row: Row) -> Cell:
        return {"kind": "boolean", "value": bool(value), "text": entry.kind.display(value, self.reading)}

    def _long_text(self, entry: Field, value: Any, row: Row) -> Cell:
        return {"kind": "long_text", "text": value or ""}


Shower = Callable[[Presenter, Field, Any, Row], Cell]

#: How each widget's values are shown; others are shown as their kind writes them.
SHOWERS: dict[str, Shower] = {
    "choice": Presenter._choice,  # noqa: SLF001 the table of this class's own methods
    "multiple_choice": Presenter._choices,  # noqa: SLF001
    "tags": Presenter._tags,  # noqa: SLF001
    "link": Presenter._link,  # noqa: SLF001
    "reference": Presenter._reference,  # noqa: SLF001
    "person": Presenter._person,  # noqa: SLF001
    "people": Presenter._people,  # noqa: SLF001
    "date": Presenter._date,  # noqa: SLF001
    "datetime": Presenter._datetime,  # noqa: SLF001
    "boolean": Presenter._boolean,  # noqa: SLF001
    "long_text": Presenter._long_text,  # noqa: SLF001
}

#: Widgets that pages can edit.
EDITABLE = {
    "text", "long_text", "email", "phone", "url", "integer", "decimal", "money", "boolean", "choice", "multiple_choice",
    "tags", "link", "person", "people", "date", "datetime", "address", "lines",
}  # fmt: skip


def _shower(entry: Field) -> Shower:
    return SHOWERS.get(entry.kind.widget, Presenter._default)  # noqa: SLF001


def _is_open(wanted: Mapping[str, tuple[Any, ...]], row: Row) -> bool:
    return all(name not in row or row[name] in values for name, values in wanted.items())


@lru_cache(maxsize=10_000)
def _amount(kind: Money, value: Decimal, currency: str, language: str) -> str:
    """Return an amount as text; writing one takes 60 microseconds, and a board has hundreds."""
    return kind.display(value, Reading(language=language, currency=currency))


def presenter_for(
    actor: Actor, spec: ObjectSpec, rows: Iterable[Row], labels: Mapping[uuid.UUID, str] | None = None
) -> Presenter:
    """Return a presenter that knows the names of what the rows point to.

    ``labels`` are those that listing has loaded already; without them each target costs one query.
    """
    known = dict(labels or {})
    rows = list(rows)
    if labels is None and rows:
        # A row also says beside its fields which of them are open in it.
        names = [name for name in rows[0] if name in spec.all_fields]
        known |= labels_for_rows(spec, rows, names, actor=actor)
    people = people_of(spec, rows) - known.keys()
    if people:
        known |= labels_of({USER: people}, actor=actor)
    return Presenter(actor, spec, known)


def people_of(spec: ObjectSpec, rows: Iterable[Row]) -> set[uuid.UUID]:
    """Return the people whom fields with several people name."""
    several = [entry.name for entry in spec.all_fields.values() if entry.kind.widget == "people"]
    found = [row[name] for row in rows for name in several if row.get(name)]
    return {person for people in found if not isinstance(people, Masked) for person in people}


def currency_of(actor: Actor, entry: Field, row: Row) -> str:
    """Return the currency of an amount: the one of its record, else the organization's."""
    return str(row.get(getattr(entry.kind, "currency_field", "")) or actor.currency)


def relative_day(day: date, reference: date) -> str:
    """Return today, tomorrow or yesterday; an empty text for other days."""
    names = {0: _("Today"), 1: _("Tomorrow"), -1: _("Yesterday")}
    return names.get((day - reference).days, "")


def short_instant(instant: datetime, actor: Actor) -> str:
    """Return an instant as briefly as it stays clear: the time today, the day this year, else the date."""
    local = instant.astimezone(ZoneInfo(actor.time_zone))
    current = now().astimezone(ZoneInfo(actor.time_zone))
    if local.date() == current.date():
        return local.strftime("%H:%M")
    if local.year != current.year:
        return written_day(local.date(), actor.language)
    return written_instant(local, actor.language, with_year=False)


def told_day(day: date) -> str:
    """Return a day in the language of the page."""
    return written_day(day, get_language() or "")


def told_instant(instant: datetime) -> str:
    """Return an instant in full, in the language and time zone of the page."""
    return written_instant(localtime(instant), get_language() or "")


def near_day(day: date, reference: date) -> str:
    """Return a day as a line of text in the language of the page says it: today, tomorrow, yesterday or its date."""
    return relative_day(day, reference) or told_day(day)


def condition_query(name: str, operator: str, value: str) -> str:
    """Return the part of an address that filters a list by one condition."""
    return urlencode({f"{name}__{operator}": value})


def options_of(entry: Field) -> list[Cell]:
    """Return the active values of a pick list as choices for an input."""
    kind = entry.kind
    if not isinstance(kind, (Choice, MultipleChoice)):
        return []
    return [
        {"value": option.code, "label": str(option.label), "color": option.color}
        for option in kind.options
        if option.active
    ]
