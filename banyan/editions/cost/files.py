"""Scenarios as documents: for files that people keep, rows of an organization, and the interface.

Version 2 is a document with everything that a scenario holds; decimals are texts, so that none is lost. Version 1 are the
plain values of an address of the cost page, as it was shared before there were files; it is carried over. A newer version is
refused: leaving out what one does not understand would make a wrong total.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.strict_json import read_object
from banyan.core.configuration.yaml_text import BadYaml, read_yaml, write_yaml
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.objects.modules import modules
from banyan.editions.cost.answers import average_of, rate_of, usual_for
from banyan.editions.cost.loading import EDITIONS, all_assumptions, dates, day_of, range_for
from banyan.editions.cost.mixtures import beyond
from banyan.editions.cost.model import recommended_edition
from banyan.editions.cost.scenario import MOST_HEADS, Complaint, Group, Impossible, Offer, Range, Scenario
from banyan.editions.cost.wording import invalid

FORMAT, VERSION = "banyan-cost-scenario", 2
MOST_CHARACTERS = 200_000
#: What an address named its overrides of assumptions.
PREFIX = "a_"
WHOLE = frozenset({
    "headcount", "years", "departments", "integrations", "customers", "migrated", "sources", "replaced",
})  # fmt: skip
DECIMAL = frozenset({"growth", "discount", "requests", "revenue"})
FLAGS = frozenset({"has_failover"})
WORDS = frozenset({"edition", "hosting", "training", "dirt", "currency", "name"})
#: Keys of offers stand in addresses.
NO_KEY = re.compile(r"[^a-z0-9_]")
#: Texts that are longer than this are cut: they are names, not stories.
LONGEST = 200


@dataclass
class Reading:
    """A document while it is read: what was found, and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)

    def take(self, name: str, path: str, read: Callable[[Any, str], Any], value: Any) -> None:
        """Keep a value, or the complaint about it."""
        try:
            self.values[name] = read(value, path)
        except Impossible as problem:
            self.complaints.extend(problem.complaints)


@dataclass(frozen=True)
class FoundScenario:
    """A scenario that was read; ``kept_total`` is what a year came to when it was kept, where that is another sum now."""

    scenario: Scenario
    kept_total: str = ""
    is_older: bool = False


def document_of(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as a document of the present version, with the days of what it rests on and its total."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_with": dates(),
        "total_per_year": str(average_of(scenario)),
        "scenario": values_of(scenario),
    }


def values_of(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario holds, as values of a document."""
    found: dict[str, Any] = {}
    for entry in fields(scenario):
        value = getattr(scenario, entry.name)
        if entry.name in DECIMAL:
            found[entry.name] = None if value is None else _text(value)
        elif entry.name in WHOLE | FLAGS | WORDS:
            found[entry.name] = value
    return {
        **found,
        "assumptions": {
            key: [_text(one.low), _text(one.likely), _text(one.high)] for key, one in scenario.ranges.items()
        },
        "trained": [
            {"department": group.department, "people": group.people, "depth": group.depth} for group in scenario.trained
        ],
        "modules": list(scenario.modules),
        "rates": {currency: _text(rate) for currency, rate in scenario.rates.items()},
        "offers": [
            {
                "key": offer.key,
                "name": offer.name,
                "price": None if offer.price is None else _text(offer.price),
                "currency": offer.currency,
                "date": offer.day.isoformat() if offer.day else None,
                "source": offer.source,
            }
            for offer in scenario.offers
        ],
    }


def to_text(scenario: Scenario, kind: str) -> str:
    """Return the file of a scenario, as ``yaml`` or ``json``."""
    document = document_of(scenario)
    return write_yaml(document) if kind == "yaml" else json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def from_text(text: str) -> FoundScenario:
    """Return the scenario of a file; raise ``Invalid`` that says what is wrong and where."""
    if len(text) > MOST_CHARACTERS:
        raise _refused("too_long", _("The file is longer than a scenario can be."))
    try:
        found = read_object(text.encode()) if text.lstrip().startswith("{") else read_yaml(text).value
    except BadYaml as problem:
        message = _("Line %(line)d: %(problem)s") % {"line": problem.line, "problem": problem.message}
        raise _refused("unreadable", message) from None
    except DomainError as problem:
        raise _refused("unreadable", str(problem.message)) from None
    if not isinstance(found, Mapping):
        raise _refused("wrong_format", _("This is no file of a cost scenario."))
    return from_document(found)


def from_document(document: Mapping[str, Any]) -> FoundScenario:
    """Return the scenario of a document of any version that is known."""
    version = document.get("version", 1 if "headcount" in document else None)
    if document.get("format", FORMAT) != FORMAT or version is None:
        raise _refused("wrong_format", _("This is no file of a cost scenario."))
    if version == 1:
        scenario = scenario_from(_of_address(document))
        return FoundScenario(scenario, is_older=True)
    if version != VERSION:
        message = _("This scenario is of version %(version)s; this installation knows up to %(known)d. Open it with the program that made it, or upgrade.")  # fmt: skip
        raise _refused("unknown_version", message % {"version": str(version)[:20], "known": VERSION})
    values = document.get("scenario")
    if not isinstance(values, Mapping):
        raise invalid([Complaint("scenario", "missing")])
    scenario = scenario_from(values)
    return FoundScenario(scenario, _other_total(document, scenario))


def scenario_from(values: Mapping[str, Any]) -> Scenario:
    """Return the scenario of plain values; what is left out is as usual for its size.

    Raises ``Invalid`` with every value that cannot be: nothing is left out in silence.
    """
    reading = Reading()
    for name, value in values.items():
        if name in WHOLE:
            reading.take(name, name, _whole, value)
        elif name in DECIMAL:
            if value is None and name == "revenue":
                reading.values[name] = None
            else:
                reading.take(name, name, _decimal, value)
        elif name in FLAGS:
            reading.take(name, name, _flag, value)
        elif name in WORDS:
            reading.take(name, name, _word, value)
        elif name in READERS:
            READERS[name](reading, value)
        else:
            reading.complaints.append(Complaint(str(name)[:60], "no_field"))
    if "headcount" not in values:
        reading.complaints.append(Complaint("headcount", "missing"))
    if reading.complaints:
        raise invalid(reading.complaints)
    return _built(reading.values)


def _built(given: dict[str, Any]) -> Scenario:
    heads = given["headcount"]
    edition = given.get("edition") or (recommended_edition(heads) if 1 <= heads <= MOST_HEADS else "basic")
    if edition not in EDITIONS:
        raise invalid([Complaint("edition", "no_edition", {"name": edition[:40], "known": ", ".join(EDITIONS)})])
    try:
        scenario = Scenario(
            **{
                **usual_for(min(heads, MOST_HEADS), given),
                **given,
                "edition": edition,
                "modules": beyond(edition, given.get("modules", ())),
            }
        )
    except Impossible as problem:
        raise invalid(problem) from None
    rate_of(scenario)
    return scenario


def _other_total(document: Mapping[str, Any], scenario: Scenario) -> str:
    """Return the total of then if assumptions or prices have changed since, so that nobody takes the new one for it."""
    before = document.get("total_per_year")
    try:
        return "" if before is None or Decimal(str(before)) == average_of(scenario) else str(before)[:40]
    except InvalidOperation:
        return ""


def _of_address(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an address (version 1) as those of a document: texts, percents, and assumptions by prefix."""
    found: dict[str, Any] = {}
    ranges: dict[str, list[str]] = {}
    for name, value in document.items():
        text = str(value).strip()
        if name in {"format", "version"} or not text or text == "auto":
            continue
        if name.startswith(PREFIX):
            numbers = [part.strip() for part in text.split(",")]
            ranges[name.removeprefix(PREFIX)] = numbers if len(numbers) != 1 else numbers * 3
        elif name == "growth":
            found[name] = str(_decimal(text, name) / 100)
        else:
            found[name] = text
    return {**found, "assumptions": ranges}


def _text(number: Decimal) -> str:
    return f"{number:f}"


def _whole(value: Any, path: str) -> int:
    number = _decimal(value, path)
    if number != number.to_integral_value():
        raise Impossible(Complaint(path, "no_number", {"text": str(value)[:60]}))
    return int(number)


def _decimal(value: Any, path: str) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
            raise InvalidOperation  # noqa: TRY301 the same refusal as for what is no number
        number = Decimal(str(value).strip())
        if not number.is_finite() or abs(number.adjusted()) > 30:
            raise InvalidOperation  # noqa: TRY301 as above
    except InvalidOperation:
        raise Impossible(Complaint(path, "no_number", {"text": str(value)[:60]})) from None
    return number


def _flag(value: Any, path: str) -> bool:
    known = {"true": True, "false": False, "on": True, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in known:
        raise Impossible(Complaint(path, "unknown", {"value": str(value)[:60], "known": "true, false"}))
    return known[str(value).lower()]


def _word(value: Any, path: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or "\x00" in value:
        raise Impossible(Complaint(path, "wrong_shape"))
    return value[:LONGEST]


def _ranges(reading: Reading, value: Any) -> None:
    found: dict[str, Range] = {}
    for key, numbers in _mapping(reading, value, "assumptions").items():
        try:
            found[key] = _range(str(key), numbers)
        except Impossible as problem:
            reading.complaints.extend(problem.complaints)
    reading.values["ranges"] = found


def _range(key: str, numbers: Any) -> Range:
    path = f"assumptions.{key}"[:100]
    if key not in all_assumptions():
        raise Impossible(Complaint(path, "no_assumption", {"key": key[:60]}))
    if not isinstance(numbers, list) or len(numbers) != 3:
        raise Impossible(Complaint(path, "bad_range", {"text": str(numbers)[:60]}))
    low, likely, high = (_decimal(number, path) for number in numbers)
    return range_for(key, low, likely, high)


def _rates(reading: Reading, value: Any) -> None:
    found: dict[str, Decimal] = {}
    for currency, rate in _mapping(reading, value, "rates").items():
        try:
            found[str(currency)[:LONGEST].upper()] = _decimal(rate, f"rates.{currency}"[:100])
        except Impossible as problem:
            reading.complaints.extend(problem.complaints)
    reading.values["rates"] = found


def _trained(reading: Reading, value: Any) -> None:
    found = []
    for place, entry in enumerate(_rows(reading, value, "trained")):
        path = f"trained.{place + 1}"
        try:
            found.append(
                Group(
                    _word(entry.get("department", ""), path),
                    _whole(entry.get("people"), path),
                    _word(entry.get("depth"), path),
                )
            )
        except Impossible as problem:
            reading.complaints.extend(problem.complaints)
    reading.values["trained"] = tuple(found)


def _modules(reading: Reading, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        reading.complaints.append(Complaint("modules", "wrong_shape"))
        return
    unknown = [name for name in value if name not in modules]
    reading.complaints.extend(Complaint(f"modules.{name}"[:60], "no_module", {"name": name[:60]}) for name in unknown)
    reading.values["modules"] = tuple(value)


def _offers(reading: Reading, value: Any) -> None:
    found = []
    for place, entry in enumerate(_rows(reading, value, "offers")):
        path = f"offers.{place + 1}"
        try:
            price, day = entry.get("price"), entry.get("date")
            found.append(
                Offer(
                    key=NO_KEY.sub("_", _word(entry.get("key") or f"own_{place + 1}", path)),
                    name=_word(entry.get("name"), path),
                    price=None if price is None or price == "" else _decimal(price, path),
                    currency=_word(entry.get("currency", "CNY"), path).upper(),
                    day=None if day is None or day == "" else _day(day, path),
                    source=_word(entry.get("source") or "", path),
                )
            )
        except Impossible as problem:
            reading.complaints.extend(problem.complaints)
    reading.values["offers"] = tuple(found)


def _day(value: Any, path: str) -> Any:
    try:
        return day_of(value)
    except ValueError:
        raise Impossible(Complaint(path, "no_day", {"text": str(value)[:40]})) from None


def _mapping(reading: Reading, value: Any, path: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    reading.complaints.append(Complaint(path, "wrong_shape"))
    return {}


def _rows(reading: Reading, value: Any, path: str) -> list[Mapping[str, Any]]:
    if isinstance(value, list) and all(isinstance(entry, Mapping) for entry in value):
        return value
    reading.complaints.append(Complaint(path, "wrong_shape"))
    return []


READERS: Mapping[str, Callable[[Reading, Any], None]] = {
    "assumptions": _ranges,
    "rates": _rates,
    "modules": _modules,
    "trained": _trained,
    "offers": _offers,
}


def _refused(code: str, message: Any) -> Invalid:
    return Invalid([FieldError("file", code, message)])
