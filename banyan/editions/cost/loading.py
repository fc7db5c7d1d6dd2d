"""The assumptions, formulas, prices and measured figures that come along, read from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from banyan.editions.cost.scenario import Complaint, Impossible, Offer, Range, Scenario

FOLDER = Path(__file__).parent
EDITIONS = ("basic", "standard", "enterprise")


@dataclass(frozen=True)
class Unit:
    """What a number is counted in, by language, and between which bounds it may be set."""

    labels: Mapping[str, str]
    least: Decimal
    most: Decimal


@dataclass(frozen=True)
class Assumption:
    """One number of the model with its ranges, its unit, and where it comes from.

    ``labels`` and ``source`` are by language. ``ranges`` are by edition, or by the values of what ``by`` names.
    """

    key: str
    part: str
    unit: Unit
    labels: Mapping[str, str]
    source: Mapping[str, str]
    ranges: Mapping[str, Range]
    by: str = "edition"

    def range_in(self, scenario: Scenario) -> Range:
        """Return the range that is usual for a scenario."""
        return self.ranges[getattr(scenario, self.by)]


@dataclass(frozen=True)
class Effect:
    """Something a fitting system brings, or an unsuitable one costs: a product of factors, written as it is reckoned."""

    key: str
    formula: str
    labels: Mapping[str, str]
    text: Mapping[str, str]
    rises: bool = False
    suits: str = ""


@dataclass(frozen=True)
class Bracket:
    """A price for each user and month, for users up to a number; None is all further ones.

    ``singles`` is how many modules on top of the edition the price includes.
    """

    upto: int | None
    price: Decimal
    singles: int = 0


@cache
def assumptions() -> dict[str, Assumption]:
    """Return the assumptions of costs that come along, by key."""
    return _assumptions("assumptions.yaml")


@cache
def benefit_assumptions() -> dict[str, Assumption]:
    """Return the assumptions of benefits and of unsuitable systems that come along, by key."""
    return _assumptions("benefits.yaml")


@cache
def all_assumptions() -> dict[str, Assumption]:
    """Return every assumption that a scenario may replace."""
    return {**assumptions(), **benefit_assumptions()}


@cache
def benefits() -> tuple[Effect, ...]:
    """Return what a CRM brings."""
    return tuple(map(_effect, _read("benefits.yaml")["benefits"]))


@cache
def misfits() -> tuple[Effect, ...]:
    """Return what an unsuitable system costs."""
    return tuple(map(_effect, _read("benefits.yaml")["misfits"]))


@cache
def fact_labels() -> dict[str, Mapping[str, str]]:
    """Return what the facts of formulas are called."""
    return dict(_read("benefits.yaml")["facts"])


@cache
def price_book() -> dict[str, dict[str, tuple[Bracket, ...]]]:
    """Return the prices of each edition in each currency."""
    return {
        edition: {
            currency: tuple(Bracket(row.get("upto"), Decimal(str(row["price"]))) for row in rows)
            for currency, rows in prices.items()
        }
        for edition, prices in _read("price_book.yaml")["editions"].items()
    }


@cache
def single_prices() -> dict[str, dict[str, Decimal]]:
    """Return what a single module costs a user and month, by the smallest edition that has it and by currency."""
    return {
        edition: {currency: Decimal(str(price)) for currency, price in prices.items()}
        for edition, prices in _read("price_book.yaml")["single_modules"].items()
    }


@cache
def free_modules() -> frozenset[str]:
    """Return the modules that cost nothing on top of any edition, since they only serve others."""
    return frozenset(_read("price_book.yaml")["free_modules"])


@cache
def currency_rates() -> dict[str, Decimal]:
    """Return how many units of each currency one CNY is, for figures estimated in CNY."""
    return {currency: Decimal(str(rate)) for currency, rate in _read("price_book.yaml")["rates"].items()}


@cache
def known_offers() -> dict[str, Offer]:
    """Return the list prices of other vendors that come along, by key."""
    found = (
        Offer(
            key=entry["key"],
            name=entry["name"],
            price=Decimal(str(entry["price"])) if "price" in entry else None,
            currency=entry["currency"],
            day=entry.get("date"),
            source=entry["source"],
        )
        for entry in _read("competitors.yaml")["offers"]
    )
    return {offer.key: offer for offer in found}


def offer_remarks() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what is to be said of the list prices, and of those that are not known, by language."""
    document = _read("competitors.yaml")
    return document["remark"], document["unknown"]


#: What ``banyan bench --planner`` found on the machine at hand lies here in the data folder, and counts more.
MEASURED_HERE = "measured.yaml"
#: What the capacity planner needs, and what none of it may pass.
MEASURED: Mapping[str, float] = {
    "request_milliseconds": 60_000,
    "idle_memory_gb": 1_000,
    "memory_per_worker_gb": 100,
    "storage_kb_per_customer": 1_000_000,
    "backup_share": 10,
}


def measured() -> dict[str, Any]:
    """Return what was measured, for the capacity planner: on this installation's machine, or else on ours."""
    path = Path(settings.CONFIGURATION.home) / MEASURED_HERE
    return _measured_at(path, path.stat().st_mtime_ns) if path.is_file() else _read("measured.yaml")


def write_measured(path: Path | None, machine: str, figures: Mapping[str, float], day: date) -> Path:
    """Write what was measured for the capacity planner; what was not measured stays as it was, with its day.

    Without a path it counts for this installation alone.
    """
    before = measured()
    since = {name: str(before.get("since", {}).get(name, before["date"])) for name in MEASURED if name not in figures}
    document = {
        "version": 1,
        "date": day.isoformat(),
        "machine": {"en": machine, "zh": machine},
        **{name: figures.get(name, before[name]) for name in MEASURED},
        "since": since,
    }
    target = path or Path(settings.CONFIGURATION.home) / MEASURED_HERE
    note = "# What the capacity planner knows, written by `banyan bench --planner`; `since` are older measurements.\n"
    target.write_text(note + yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return target


@lru_cache(maxsize=2)
def _measured_at(path: Path, _changed: int) -> dict[str, Any]:
    """Return a measurement of the data folder; ours where it cannot be read, so that nobody plans with nonsense."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        is_sound = all(0 < float(found[name]) <= most for name, most in MEASURED.items())
        is_sound = is_sound and {"en", "zh"} <= found["machine"].keys() and bool(found["date"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        is_sound = False
    return found if is_sound else _read("measured.yaml")


def dates() -> dict[str, str]:
    """Return the days on which assumptions, prices and measurements were written down."""
    names = ("assumptions", "benefits", "price_book", "competitors", "measured")
    return {name: str(measured()["date"] if name == "measured" else _read(f"{name}.yaml")["date"]) for name in names}


def basis() -> tuple[str, ...]:
    """Return what tells one state of the figures from another: their days, and what the planner's measurement found."""
    return *dates().values(), *(str(measured()[name]) for name in MEASURED)


def range_for(key: str, low: Decimal, likely: Decimal, high: Decimal) -> Range:
    """Return the range that replaces an assumption; raise ``Impossible`` where it is none, or beyond all bounds."""
    known = all_assumptions().get(key)
    if known is None:
        raise Impossible(Complaint(f"assumptions.{key}", "no_assumption", {"key": key}))
    try:
        found = Range(low, likely, high)
    except ValueError:
        text = f"{low}, {likely}, {high}"
        raise Impossible(Complaint(f"assumptions.{key}", "bad_range", {"text": text[:60]})) from None
    if not known.unit.least <= low or not high <= known.unit.most:
        raise Impossible(
            Complaint(
                f"assumptions.{key}",
                "beyond",
                {"label": known.labels, "least": f"{known.unit.least:,}", "most": f"{known.unit.most:,}"},
            )
        )
    return found


def day_of(text: Any) -> date:
    """Return a day written as 2026-11-26; raise ``ValueError``."""
    return text if isinstance(text, date) else date.fromisoformat(str(text).strip())


def _assumptions(name: str) -> dict[str, Assumption]:
    document = _read(name)
    units = {
        key: Unit(entry, Decimal(entry["least"]), Decimal(entry["most"]))
        for key, entry in _read("assumptions.yaml")["units"].items()
    }
    found = (_assumption(entry, document["sources"], units) for entry in document["assumptions"])
    return {assumption.key: assumption for assumption in found}


def _assumption(
    entry: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]], units: Mapping[str, Unit]
) -> Assumption:
    given = entry["range"]
    ranges = given if isinstance(given, dict) else dict.fromkeys(EDITIONS, given)
    return Assumption(
        key=entry["key"],
        part=entry["part"],
        unit=units[entry["unit"]],
        labels=entry["label"],
        source=sources[entry["source"]],
        ranges={name: _range(numbers) for name, numbers in ranges.items()},
        by=entry.get("by", "edition"),
    )


def _effect(entry: Mapping[str, Any]) -> Effect:
    return Effect(
        key=entry["key"],
        formula=entry["formula"],
        labels=entry["label"],
        text=entry["text"],
        rises=entry.get("rises", True),
        suits=entry.get("for", ""),
    )


def _range(numbers: Sequence[Any]) -> Range:
    low, likely, high = (Decimal(str(number)) for number in numbers)
    return Range(low, likely, high)


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found
