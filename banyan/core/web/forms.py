"""Forms of any object: the inputs of its fields, and what people have entered in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import record_fields
from banyan.core.access.scopes import Action, FieldAccess
from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import parse_id
from banyan.core.layouts.content import Plan
from banyan.core.layouts.resolution import TYPE_FIELD, default_type, find_type, layout_for, types_of
from banyan.core.listing.labels import labels_of
from banyan.core.listing.masking import Masked
from banyan.core.objects.definitions import Narrowing, own_fields
from banyan.core.objects.kinds import ADDRESS_PARTS, USER, Money
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.records.locks import NO_LOCKS, ClosedValues, Locks, closed_values, locked_fields
from banyan.core.web.menu import may
from banyan.core.web.presenting import EDITABLE, Presenter, options_of, presenter_for

Values = Mapping[str, Any]

#: The hidden input that names the fields of a form: a box that is not ticked sends nothing by itself.
FIELDS = "fields"
PART_LABELS: dict[str, Any] = {
    "country": gettext_lazy("Country"),
    "province": gettext_lazy("Province"),
    "city": gettext_lazy("City"),
    "district": gettext_lazy("District"),
    "street": gettext_lazy("Street"),
    "postcode": gettext_lazy("Postcode"),
}
AUTOCOMPLETE = {"email": "off", "phone": "off", "url": "off"}


@dataclass
class Form:
    """Inputs for some fields of an object, filled with values, with what is wrong about them.

    ``values`` are Python values or, after a refusal, the texts that were entered; the ``id`` among
    them tells which record is being changed. Fields that the layout ``plan`` only shows cannot be filled in.
    """

    actor: Actor
    spec: ObjectSpec
    values: Values = field(default_factory=dict)
    errors: Sequence[FieldError] = ()
    plan: Plan | None = None
    labels: dict[uuid.UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._access = record_fields(self.actor, self.spec, self.spec.all_fields, self.values.get("id"))
        self.locks: Locks = NO_LOCKS
        self._row: Values = {}
        self._editable = {
            name
            for name, entry in self.spec.writable_fields.items()
            if self._access[name] is FieldAccess.EDITABLE and entry.kind.widget in EDITABLE
        }
        self._editable -= {place.name for place in self.plan.places() if place.read_only} if self.plan else set()
        self._messages = {error.field: str(error.message) for error in reversed(self.errors)}
        self._pages = specs_on(self.actor.organization)

    def lock(self, row: Values) -> None:
        """Let the form of a stored record show what cannot be changed in it now, with the reason, instead of asking for it."""
        self._row = row
        self.locks = locked_fields(self.actor, self.spec, row, self._access)
        self._editable -= self.locks.keys()

    def editable(self, names: Iterable[str]) -> list[Field]:
        """Return those of the fields that the actor may fill in."""
        fields = self.spec.all_fields
        currencies = self._currency_fields()
        return [fields[name] for name in dict.fromkeys(names) if name in self._editable and name not in currencies]

    def load_labels(self, names: Iterable[str]) -> None:
        """Read the names of the records and people that the values point to; one query for each target."""
        wanted: dict[str, set[uuid.UUID]] = {}
        for entry in self.editable(names):
            target = USER if entry.kind.widget == "people" else getattr(entry.kind, "target", "")
            if target:
                wanted.setdefault(target, set()).update(_ids(self.values.get(entry.name)))
        self.labels |= labels_of({target: ids for target, ids in wanted.items() if ids}, actor=self.actor)

    def inputs(self, names: Iterable[str], *, focus: str = "") -> list[dict[str, Any]]:
        """Return the inputs of the fields; the one named ``focus`` gets the cursor."""
        return [self.input(entry, autofocus=entry.name == focus) for entry in self.editable(names)]

    def input(self, entry: Field, *, autofocus: bool = False) -> dict[str, Any]:
        """Return the input of one field."""
        shown: dict[str, Any] = {
            "name": entry.name,
            "kind": entry.kind.widget,
            "label": str(entry.label),
            "help": entry.kind.doubt(self.values.get(entry.name)) or str(entry.help or ""),
            "required": entry.required,
            "error": self._messages.get(entry.name, ""),
            "autofocus": autofocus,
            "autocomplete": AUTOCOMPLETE.get(entry.kind.widget, "off"),
        }
        if hasattr(entry.kind, "maximum") and entry.kind.widget in {"text", "long_text"}:
            shown["max_length"] = entry.kind.maximum
        narrowing = self._narrowing(entry)
        if narrowing is not None:
            beside = str(self.values.get(narrowing.by) or "")
            shown["goes_with"] = {"by": narrowing.by, "values": narrowing.values, "beside": beside}
        fill = _FILLERS.get(entry.kind.widget)
        if fill:
            fill(self, entry, shown)
        else:
            shown["value"] = self._text(entry)
        return shown

    def locked(self, entry: Field) -> dict[str, Any]:
        """Return a locked field as the form shows it: its value as text, and the reason."""
        shown = {"name": entry.name, "label": str(entry.label), "locked": self.locks[entry.name].message}
        wide = entry.kind.widget in {"long_text", "address"}
        return {**shown, "cell": self._presenter.cell(entry, self._row, in_list=False), "wide": wide}

    @cached_property
    def _presenter(self) -> Presenter:
        return presenter_for(self.actor, self.spec, [self._row])

    def _narrowing(self, entry: Field) -> Narrowing | None:
        """Return on which other choice the values of a field depend."""
        here = own_fields(self.spec)
        return next((found for found in here.narrowings if found.name == entry.name), None) if here else None

    def sections(self, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Return the object's own sections with inputs; sections without any are left out."""
        chosen = None if names is None else set(names)
        found = []
        for section in self.spec.layout():
            wanted = [name for name in section.fields if chosen is None or name in chosen]
            shown = self._shown(wanted)
            if shown:
                found.append({"title": str(section.title), "fields": shown})
        return found

    def _shown(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return inputs and locked fields in the order of the names; currencies that amounts carry along are left out."""
        inputs = {entry.name: entry for entry in self.editable(names)}
        fields = self.spec.all_fields
        carried = {getattr(entry.kind, "currency_field", "") for entry in fields.values()}
        return [
            self.input(inputs[name]) if name in inputs else self.locked(fields[name])
            for name in dict.fromkeys(names)
            if name in inputs or (name in self.locks and name not in carried)
        ]

    def summary(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return the errors that no input of these fields shows, for the top of the form."""
        shown = set(names)
        fields = self.spec.all_fields
        return [
            {
                "field": "",
                "label": "",
                "message": f"{fields[error.field].label}: {error.message}"
                if error.field in fields
                else str(error.message),
            }
            for error in self.errors
            if error.field not in shown
        ]

    def _currency_fields(self) -> set[str]:
        """Return the fields that the inputs of amounts carry with them."""
        return {
            entry.kind.currency_field
            for name, entry in self.spec.writable_fields.items()
            if isinstance(entry.kind, Money) and name in self._editable and entry.kind.currency_field in self._editable
        }

    def _text(self, entry: Field) -> str:
        """Return a value as an input holds it: as it was entered, or as the kind exports it."""
        value = self.values.get(entry.name)
        if value is None or isinstance(value, Masked):
            return ""
        if isinstance(value, str):
            return value
        exported = entry.kind.export(value, reading_for(self.actor))
        if isinstance(exported, Decimal):
            return (
                format(exported, "f").rstrip("0").rstrip(".") if "." in format(exported, "f") else format(exported, "f")
            )
        return str(exported)

    def _fill_boolean(self, entry: Field, shown: dict[str, Any]) -> None:
        value = self.values.get(entry.name)
        shown["value"] = value is True or str(value).lower() in {"true", "1", "on", "yes"}

    def _fill_choice(self, entry: Field, shown: dict[str, Any]) -> None:
        shown["choices"] = self._offered(entry)
        shown["value"] = self.values.get(entry.name) or ""
        known = {choice["value"] for choice in shown["choices"]}
        if shown["value"] and shown["value"] not in known:
            shown["choices"].append({"value": shown["value"], "label": str(shown["value"])})
        reasons = self._closed.get(entry.name)
        if reasons:
            _close(shown, reasons)

    @cached_property
    def _closed(self) -> ClosedValues:
        """Return the values that the stored record cannot get now; nothing for new records and for many at once."""
        record_id = self.values.get("id")
        return closed_values(self.actor, self.spec, self._row or {"id": record_id}) if record_id else {}

    def _fill_choices(self, entry: Field, shown: dict[str, Any]) -> None:
        chosen = _list(self.values.get(entry.name))
        shown["choices"] = self._offered(entry, keeping=chosen)
        shown["value"] = chosen

    def _offered(self, entry: Field, keeping: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return the values that a choice offers to records of this type, and the types that the person may use."""
        options = options_of(entry)
        if entry.name == TYPE_FIELD:
            usable = types_of(self.actor, self.spec)
            codes = [kept.code for kept in usable] if usable else None
        else:
            kept = find_type(self.spec, self.values.get(TYPE_FIELD))
            codes = list(kept.choices[entry.name]) if kept and entry.name in kept.choices else None
        return options if codes is None else [o for o in options if o["value"] in codes or o["value"] in keeping]

    def _fill_tags(self, entry: Field, shown: dict[str, Any]) -> None:
        tags = _list(self.values.get(entry.name))
        shown["selected"] = [{"value": tag, "label": tag} for tag in tags]
        shown["pick_url"] = f"/pick/tags?object={self.spec.name}&field={entry.name}"

    def _fill_link(self, entry: Field, shown: dict[str, Any]) -> None:
        target = getattr(entry.kind, "target", USER)
        shown["kind"] = "person" if target == USER else "link"
        shown["multiple"] = entry.kind.many
        shown["pick_url"] = f"/pick/{target}"
        narrowed_by = self._narrows(entry)
        if narrowed_by:
            shown["narrowed_by"] = narrowed_by
            chosen = next(iter(_ids(self.values.get(narrowed_by))), None)
            shown["pick_url"] += f"?{narrowed_by}={chosen}" if chosen else ""
        if target in self._pages and creatable_by_name(self.actor, self._pages[target], given=narrowed_by):
            shown["create_url"] = f"/pick/{target}/new"
        shown["selected"] = [
            {"value": str(found), "label": self.labels.get(found, str(found))}
            for found in _ids(self.values.get(entry.name))
        ]

    def _narrows(self, entry: Field) -> str:
        """Return the link by which the choice of a field is narrowed, if the reader sees it on both sides."""
        name = str(getattr(entry.kind, "narrowed_by", ""))
        target = self._pages.get(getattr(entry.kind, "target", ""))
        return name if target is not None and name in target.links and name in self.spec.links else ""

    def _fill_money(self, entry: Field, shown: dict[str, Any]) -> None:
        shown["value"] = self._text(entry)
        currency_field = getattr(entry.kind, "currency_field", "")
        shown["currency"] = str(self.values.get(currency_field) or self.actor.currency)
        shown["currency_name"] = currency_field if currency_field in self._editable else f"{entry.name}__currency"

    def _fill_date(self, entry: Field, shown: dict[str, Any]) -> None:
        value = self.values.get(entry.name)
        shown["value"] = value.isoformat() if isinstance(value, date) else (value or "")
        shown["quick"] = entry.name.startswith(("next_", "due_", "expected_"))

    def _fill_datetime(self, entry: Field, shown: dict[str, Any]) -> None:
        value = self.values.get(entry.name)
        if isinstance(value, datetime):
            local = value.astimezone(ZoneInfo(self.actor.time_zone))
            value = local.strftime("%Y-%m-%dT%H:%M")
        shown["value"] = str(value or "").replace(" ", "T")[:16]

    def _fill_address(self, entry: Field, shown: dict[str, Any]) -> None:
        value = self.values.get(entry.name) or {}
        value = value if isinstance(value, dict) else {"street": str(value)}
        shown["parts"] = [
            {
                "name": f"{entry.name}__{part}",
                "label": str(PART_LABELS[part]),
                "value": value.get(part, ""),
                "wide": part == "street",
            }
            for part in ADDRESS_PARTS
        ]

    def _fill_lines(self, entry: Field, shown: dict[str, Any]) -> None:
        shown["kind"] = "long_text"
        shown["value"] = self._text(entry)
        shown["help"] = shown["help"] or _("One item per line.")


_FILLERS = {
    "boolean": Form._fill_boolean,  # noqa: SLF001 the table of this class's own methods
    "choice": Form._fill_choice,  # noqa: SLF001
    "multiple_choice": Form._fill_choices,  # noqa: SLF001
    "tags": Form._fill_tags,  # noqa: SLF001
    "link": Form._fill_link,  # noqa: SLF001
    "person": Form._fill_link,  # noqa: SLF001
    "people": Form._fill_link,  # noqa: SLF001
    "money": Form._fill_money,  # noqa: SLF001
    "date": Form._fill_date,  # noqa: SLF001
    "datetime": Form._fill_datetime,  # noqa: SLF001
    "address": Form._fill_address,  # noqa: SLF001
    "lines": Form._fill_lines,  # noqa: SLF001
}


def creatable_by_name(actor: Actor, spec: ObjectSpec, *, given: str = "") -> bool:
    """Say whether somebody may write a new record of which only the name, and perhaps the link ``given``, is known."""
    needed = {name for name, entry in spec.writable_fields.items() if entry.required and entry.default is None}
    kept = default_type(actor, spec)
    plan = layout_for(actor, spec, kept.code if kept else "")
    needed |= {place.name for place in plan.places() if place.required} if plan else set()
    is_enough = spec.title in needed and needed <= {spec.title, given}
    return spec.has_page and is_enough and may(actor, spec, Action.CREATE)


def read_values(
    spec: ObjectSpec, sent: QueryDict, names: Iterable[str], *, are_present: bool = False
) -> dict[str, Any]:
    """Return what a form sent for the named fields, as texts and lists that the kinds can parse.

    A field whose input was not in the form at all is left out, so that nothing is emptied by accident;
    ``are_present`` says that all of them were, though a box without a tick sends nothing.
    """
    names = list(names)
    present = {*names} if are_present else {*sent.get(FIELDS, "").split(","), *sent.keys()}
    values: dict[str, Any] = {}
    for name in names:
        entry = spec.all_fields.get(name)
        if entry is None or entry.read_only:
            continue
        if entry.kind.widget == "address":
            parts = {part: sent[f"{name}__{part}"] for part in ADDRESS_PARTS if f"{name}__{part}" in sent}
            if parts:
                values[name] = parts
        elif name in present:
            values[name] = _read(entry, sent)
    return values


def _read(entry: Field, sent: QueryDict) -> Any:
    if entry.kind.widget == "boolean":
        return sent.get(entry.name, "") == "true"
    if entry.kind.many:
        return [value for value in sent.getlist(entry.name) if value]
    return sent.get(entry.name, "")


def presets(spec: ObjectSpec, sent: QueryDict) -> dict[str, Any]:
    """Return the values that an address gives a new record, such as the customer that it is made for."""
    given: dict[str, Any] = {
        name: sent.getlist(name) if entry.kind.many else sent[name]
        for name, entry in spec.writable_fields.items()
        if sent.get(name)
    }
    # A calendar tells the day that was clicked, and which field is to have it.
    day_field = str(sent.get("on", ""))
    if sent.get("date") and day_field in spec.writable_fields:
        given[day_field] = sent["date"]
    return given


def _ids(value: Any) -> list[uuid.UUID]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [found for item in values if item and (found := parse_id(item)) is not None]


def _list(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value]
    return [value] if value else []


def _close(shown: dict[str, Any], reasons: Mapping[str, str]) -> None:
    """Let an input show values that cannot be chosen now as such, and say below it why; what is chosen stays."""
    told: dict[str, list[str]] = {}
    closed = [choice for choice in shown["choices"] if choice["value"] in reasons and choice["value"] != shown["value"]]
    for choice in closed:
        choice["closed"] = reasons[choice["value"]]
        told.setdefault(choice["closed"], []).append(choice["label"])
    for reason, labels in told.items():
        names = _(", ").join(_("“%(value)s”") % {"value": label} for label in labels)
        line = _("Not now: %(values)s. %(reason)s") % {"values": names, "reason": reason}
        shown["help"] = f"{shown['help']} {line}".strip()
