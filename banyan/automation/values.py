"""Where the values come from that steps write: fixed, copied, from a text, the calendar, who did it, this record.

A value is ``{"field", "source", "value"}``. Each source is one class in a registry; a room that can compute values
registers its own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.automation.rules import texts
from banyan.automation.setting import Setting, Values
from banyan.core.expressions import BadExpression
from banyan.core.expressions import Moment as Instant
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.registry import Registry
from banyan.core.objects.formulas import compile_among
from banyan.core.objects.kinds import USER, Reference, Unacceptable, reference_to
from banyan.core.objects.spec import Field, ObjectSpec

Json = Mapping[str, Any]
TEXT_WIDGETS = {"text", "long_text"}
FORMULA_WIDGETS = {*TEXT_WIDGETS, "integer", "decimal", "money", "boolean", "date", "datetime"}
MOST_DAYS = 3_650


@dataclass(frozen=True)
class Moment:
    """What a value is computed from: the record of the run, and what happened to it."""

    setting: Setting
    spec: ObjectSpec
    record_id: uuid.UUID
    value: Values
    actor_id: str = ""


class Source:
    """Base of all sources of values."""

    name: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    #: How the editor asks for it: ``input`` of the field, ``field`` to choose, ``text``, ``number`` or nothing.
    asks: ClassVar[str] = ""

    def fits(self, setting: Setting, spec: ObjectSpec, entry: Field) -> bool:
        """Say whether a field can be filled so; ``spec`` is the object of the run."""
        return True

    def problem(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return what is wrong with a value, or an empty text."""
        return ""

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the value for the field."""
        raise TypeError(type(self).__name__)

    def words(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return the value in words."""
        return str(self.label)

    def is_settled(self, name: str, given: Any) -> bool:
        """Say whether writing the value into a field again changes nothing more."""
        return True


sources: Registry[Source] = Registry("sources of values")


class Fixed(Source):
    """A value that was chosen."""

    name = "value"
    label = gettext_lazy("fixed value")
    asks = "input"

    def problem(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return why the field does not take the value."""
        try:
            parsed = entry.kind.parse(given, setting.reading)
        except Unacceptable as problem:
            return problem.message
        if entry.kind.is_empty(parsed):
            return _("Give “%(label)s” a value, or choose “empty”.") % {"label": entry.label}
        return ""

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the value."""
        return given

    def words(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return the value as people read it."""
        try:
            return setting.display(entry, entry.kind.parse(given, setting.reading))
        except Unacceptable:
            return str(given)


class Copied(Source):
    """The value of a field of the record, or of the record that a link points to."""

    name = "copy"
    label = gettext_lazy("copy from field")
    asks = "field"

    def problem(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return why the field cannot be copied."""
        source = setting.field_at(spec, str(given or ""))
        if source is None:
            return _("Choose the field to copy for “%(label)s”.") % {"label": entry.label}
        if not copies(source, entry):
            return _("“%(source)s” does not fit into “%(label)s”.") % {"source": source.label, "label": entry.label}
        return ""

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the other field's value; into a text it goes as people read it."""
        found = moment.value(given)
        source = moment.setting.field_at(moment.spec, given)
        if source is None or source.kind.name == entry.kind.name:
            return found
        if entry.kind.widget in TEXT_WIDGETS:
            return moment.setting.display(source, found)
        return found

    def words(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return the field's name."""
        return _("the value of “%(field)s”") % {"field": setting.label_at(spec, str(given))}


class Empty(Source):
    """Nothing."""

    name = "clear"
    label = gettext_lazy("empty")

    def problem(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return why the field cannot be emptied."""
        return _("“%(label)s” cannot be empty.") % {"label": entry.label} if entry.required else ""

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return nothing."""
        return None


class Written(Source):
    """A text with places for values."""

    name = "text"
    label = gettext_lazy("text with values")
    asks = "text"

    def fits(self, setting: Setting, spec: ObjectSpec, entry: Field) -> bool:
        """Say whether the field holds a text."""
        return entry.kind.widget in TEXT_WIDGETS

    def problem(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return which place has no field."""
        return text_problem(setting, spec, str(given or ""))

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the text."""
        return written(moment, str(given or ""))

    def words(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return the text with names of fields in its places."""
        return f"“{text_words(setting, spec, str(given or ''))}”"

    def is_settled(self, name: str, given: Any) -> bool:
        """Say whether the text does not hold the field itself, which would make it longer each time."""
        return name not in texts.places_in(str(given or ""))


class InDays(Source):
    """A day or moment so many days from when the step is done."""

    name = "days"
    label = gettext_lazy("days from then")
    asks = "number"

    def fits(self, setting: Setting, spec: ObjectSpec, entry: Field) -> bool:
        """Say whether the field holds a day or an instant."""
        return entry.kind.widget in {"date", "datetime"}

    def problem(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return why it is no number of days."""
        text = str(given if given is not None else "").strip()
        is_number = text.removeprefix("-").isdecimal() and abs(int(text)) <= MOST_DAYS
        return (
            ""
            if is_number
            else _("Write a number of days for “%(label)s”; 0 is the same day.") % {"label": entry.label}
        )

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the day or the instant."""
        shift = timedelta(days=int(given))
        if entry.kind.widget == "datetime":
            return now() + shift
        return today(moment.setting.organization.time_zone) + shift

    def words(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return how many days."""
        try:
            days = int(given)
        except (TypeError, ValueError):
            return str(given)
        if days == 0:
            return _("the same day")
        return ngettext("%(days)d day later", "%(days)d days later", days) % {"days": days}

    def is_settled(self, name: str, given: Any) -> bool:
        """Say that it is another day tomorrow."""
        return False


class WhoDidIt(Source):
    """The person who did what the rule answers to."""

    name = "actor"
    label = gettext_lazy("whoever did it")

    def fits(self, setting: Setting, spec: ObjectSpec, entry: Field) -> bool:
        """Say whether the field holds a person."""
        return getattr(entry.kind, "target", "") == USER

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the person; nobody when the system did it."""
        return parse_id(moment.actor_id)


class ThisRecord(Source):
    """The record that the run is about."""

    name = "record"
    label = gettext_lazy("this record")

    def fits(self, setting: Setting, spec: ObjectSpec, entry: Field) -> bool:
        """Say whether the field can point to it."""
        return isinstance(entry.kind, Reference) or getattr(entry.kind, "target", "") == spec.name

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the record."""
        if isinstance(entry.kind, Reference):
            return reference_to(moment.spec.name, moment.record_id)
        return moment.record_id


class Computed(Source):
    """A value that a formula gives."""

    name = "formula"
    label = gettext_lazy("formula")
    asks = "formula"

    def fits(self, setting: Setting, spec: ObjectSpec, entry: Field) -> bool:
        """Say whether formulas can give such values."""
        return entry.kind.expression_type is not None and entry.kind.widget in FORMULA_WIDGETS

    def problem(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return what is wrong with the formula, or why its value does not fit."""
        try:
            compiled = compile_among(setting.specs, spec, str(given or ""))
        except BadExpression as problem:
            return _("“%(label)s”: %(problem)s") % {"label": entry.label, "problem": problem.message}
        if compiled.type in (None, entry.kind.expression_type) or entry.kind.widget in TEXT_WIDGETS:
            return ""
        values = {"label": entry.label, "type": compiled.type.label if compiled.type else ""}
        return _("The formula gives a %(type)s, which does not fit into “%(label)s”.") % values

    def compute(self, moment: Moment, entry: Field, given: Any) -> Any:
        """Return the formula's value for the record."""
        compiled = compile_among(moment.setting.specs, moment.spec, str(given or ""))
        found = compiled.evaluate(moment.value, Instant(now(), moment.setting.organization.time_zone))
        return str(found) if found is not None and entry.kind.widget in TEXT_WIDGETS else found

    def words(self, setting: Setting, spec: ObjectSpec, entry: Field, given: Any) -> str:
        """Return the formula."""
        return str(given or "…")

    def is_settled(self, name: str, given: Any) -> bool:
        """Say whether the formula neither asks for the field itself nor for the time."""
        return not re.search(rf"\b({re.escape(name)}|now|today)\b", str(given or ""), re.IGNORECASE)


for _source in (Fixed(), Copied(), Written(), Computed(), InDays(), WhoDidIt(), ThisRecord(), Empty()):
    sources.add(_source.name, _source)


def copies(source: Field, entry: Field) -> bool:
    """Say whether a field's values fit into another."""
    if source.sensitive and not entry.sensitive:
        return False
    if entry.kind.widget in TEXT_WIDGETS:
        return True
    if getattr(source.kind, "target", "") or getattr(entry.kind, "target", ""):
        return getattr(source.kind, "target", "") == getattr(entry.kind, "target", "")
    numbers = {"integer", "decimal", "money"}
    return source.kind.widget == entry.kind.widget or (source.kind.widget in numbers and entry.kind.widget in numbers)


def settable(spec: ObjectSpec) -> list[Field]:
    """Return the fields that steps may write."""
    return list(spec.writable_fields.values())


def computed(moment: Moment, target: ObjectSpec, rows: Sequence[Json]) -> dict[str, Any]:
    """Return the values of all rows for a record of ``target``."""
    found = {}
    for row in rows:
        entry, source = target.all_fields.get(row["field"]), sources.get(row.get("source") or "value")
        if entry is not None and source is not None:
            found[entry.name] = source.compute(moment, entry, row.get("value"))
    return found


def problems_of(setting: Setting, spec: ObjectSpec, target: ObjectSpec, rows: Sequence[Json]) -> list[str]:
    """Return what is wrong with rows that fill a record of ``target`` in a run about a record of ``spec``."""
    found, seen = [], set()
    for row in rows:
        name = str(row.get("field"))
        entry, source = target.writable_fields.get(name), sources.get(str(row.get("source") or "value"))
        if entry is None:
            found.append(_("There is no field “%(name)s” that can be set.") % {"name": name})
        elif source is None or not source.fits(setting, spec, entry):
            found.append(_("“%(label)s” cannot be filled like this.") % {"label": entry.label})
        elif name in seen:
            found.append(_("“%(label)s” is set twice.") % {"label": entry.label})
        elif problem := source.problem(setting, spec, entry, row.get("value")):
            found.append(problem)
        seen.add(name)
    return found


def row_words(setting: Setting, spec: ObjectSpec, target: ObjectSpec, row: Json) -> str:
    """Return one row in words: the field and its value."""
    entry, source = target.all_fields.get(str(row.get("field"))), sources.get(str(row.get("source") or "value"))
    if entry is None or source is None:
        return str(row.get("field"))
    return _("%(field)s = %(value)s") % {
        "field": entry.label,
        "value": source.words(setting, spec, entry, row.get("value")),
    }


def text_problem(setting: Setting, spec: ObjectSpec, text: str) -> str:
    """Return which place of a text has no field, or one that is kept secret; an empty text when all is well."""
    for path in texts.places_in(text):
        entry = setting.field_at(spec, path)
        if entry is None:
            return _("There is no field “%(name)s” for the place {%(name)s}.") % {"name": path}
        if entry.sensitive:
            return _("“%(label)s” is encrypted and cannot be written into a text.") % {"label": entry.label}
    return ""


def written(moment: Moment, text: str, *, hidden: Any = frozenset()) -> str:
    """Return a text with the record's values in its places; of ``hidden`` fields there is a dash instead."""

    def value(path: str) -> str:
        entry = moment.setting.field_at(moment.spec, path)
        if entry is None or path in hidden:
            return "–"
        return moment.setting.display(entry, moment.value(path))

    return texts.filled(text, value)


def text_words(setting: Setting, spec: ObjectSpec, text: str) -> str:
    """Return a text with the names of fields in its places."""
    return texts.filled(text, lambda path: f"[{setting.label_at(spec, path)}]")
