"""The assumptions, prices and measured figures that come along, read from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
EDITIONS = ("basic", "standard", "enterprise")


@dataclass(frozen=True)
class Range:
    """What one does not know exactly: never below ``low`` nor above ``high``, and most likely ``likely``."""

    low: Decimal
    likely: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        """Refuse ranges that are none."""
        if not 0 <= self.low <= self.likely <= self.high:
            raise ValueError(
                f"{self.low}, {self.likely}, {self.high} is no range: low, likely and high rise from zero."
            )


@dataclass(frozen=True)
class Assumption:
    """One number of the model with its ranges by edition, its unit, and where it comes from.

    ``labels`` and ``source`` are by language.
    """

    key: str
    part: str
    unit: str
    labels: Mapping[str, str]
    source: Mapping[str, str]
    ranges: Mapping[str, Range]


@dataclass(frozen=True)
class Bracket:
    """A price for each user and month, for users up to a number; None is all further ones."""

    upto: int | None
    price: Decimal


@cache
def assumptions() -> dict[str, Assumption]:
    """Return the assumptions that come along, by key."""
    document = _read("assumptions.yaml")
    found = (_assumption(entry, document["sources"]) for entry in document["assumptions"])
    return {assumption.key: assumption for assumption in found}


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
def currency_rates() -> dict[str, Decimal]:
    """Return how many units of each currency one CNY is, for figures estimated in CNY."""
    return {currency: Decimal(str(rate)) for currency, rate in _read("price_book.yaml")["rates"].items()}


@cache
def measured() -> dict[str, Any]:
    """Return what was measured, for the capacity planner."""
    return _read("measured.yaml")


def dates() -> dict[str, str]:
    """Return the days on which assumptions, prices and measurements were written down."""
    return {name: str(_read(f"{name}.yaml")["date"]) for name in ("assumptions", "price_book", "measured")}


def _assumption(entry: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> Assumption:
    given = entry["range"]
    ranges = given if isinstance(given, dict) else dict.fromkeys(EDITIONS, given)
    return Assumption(
        key=entry["key"],
        part=entry["part"],
        unit=entry["unit"],
        labels=entry["label"],
        source=sources[entry["source"]],
        ranges={edition: _range(numbers) for edition, numbers in ranges.items()},
    )


def _range(numbers: Sequence[Any]) -> Range:
    low, likely, high = (Decimal(str(number)) for number in numbers)
    return Range(low, likely, high)


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found
