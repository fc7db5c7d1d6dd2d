"""A company and its plan: everything the cost model is asked about, and what no company can be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

#: Hours of training for each user, by depth.
TRAINING_HOURS = {"none": Decimal(0), "short": Decimal(1), "normal": Decimal(4), "deep": Decimal(12)}
HOSTING = ("cloud", "own")
#: How dirty the data is that is taken over.
DIRT = ("clean", "usual", "dirty")
MOST_HEADS, MOST_YEARS, MOST_ROWS = 1_000_000, 10, 1_000_000_000
MOST_AMOUNT = Decimal(10) ** 13
MOST_OFFERS, MOST_GROUPS = 20, 60
ZERO = Decimal(0)


@dataclass(frozen=True)
class Complaint:
    """What is wrong about one value; ``code`` names the message (``wording``), ``values`` fill it."""

    field: str
    code: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Impossible(ValueError):
    """Values that no company can have; the complaints name each field."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__("; ".join(f"{complaint.field}: {complaint.code}" for complaint in complaints))
        self.complaints = complaints


@dataclass(frozen=True)
class Range:
    """What one does not know exactly: never below ``low`` nor above ``high``, and most likely ``likely``."""

    low: Decimal
    likely: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        """Refuse ranges that are none."""
        numbers = (self.low, self.likely, self.high)
        if not all(number.is_finite() for number in numbers) or not 0 <= self.low <= self.likely <= self.high:
            raise ValueError(
                f"{self.low}, {self.likely}, {self.high} is no range: low, likely and high rise from zero."
            )


@dataclass(frozen=True)
class Group:
    """People of one department who are trained to one depth; all others get the depth of the scenario."""

    department: str
    people: int
    depth: str


@dataclass(frozen=True)
class Offer:
    """What another vendor asks for a user and month, as of a day and by a source; without a price, nobody knows it."""

    key: str
    name: str
    price: Decimal | None
    currency: str
    day: date | None = None
    source: str = ""


@dataclass(frozen=True)
class Scenario:
    """A company and its plan; everything that is not an assumption.

    ``growth`` and ``discount`` are shares a year. ``hosting`` is ``cloud`` (hosted by us) or ``own`` (servers of one's
    own). ``customers`` are records that will be there, ``migrated`` those that are taken over from ``sources`` other
    systems, of which ``replaced`` are given up. ``requests`` are those of one user in an hour. ``revenue`` is that of a
    year in CNY; None is as usual for the headcount. ``ranges`` replace assumptions by key, ``rates`` how many units of a
    currency one CNY is, ``offers`` the known prices of other vendors,
    ``modules`` those that are to be there in every edition: what the edition lacks of them is paid for singly.
    """

    headcount: int
    edition: str
    years: int = 3
    growth: Decimal = ZERO
    discount: Decimal = Decimal("0.05")
    hosting: str = "cloud"
    departments: int = 1
    integrations: int = 0
    training: str = "normal"
    customers: int = 1_000
    migrated: int = 500
    sources: int = 1
    has_failover: bool = False
    ranges: Mapping[str, Range] = dataclasses.field(default_factory=dict)
    trained: tuple[Group, ...] = ()
    dirt: str = "usual"
    requests: Decimal = Decimal(60)
    revenue: Decimal | None = None
    replaced: int = 0
    currency: str = "CNY"
    rates: Mapping[str, Decimal] = dataclasses.field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    name: str = ""
    modules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no company can be, and what contradicts itself."""
        outside = (*_outside(self), *_unknown(self), *_bad_offers(self.offers))
        complaints = outside or tuple(_contradictions(self))
        if complaints:
            raise Impossible(*complaints)


#: The least and the most of each number.
BOUNDS: Mapping[str, tuple[Any, Any]] = {
    "headcount": (1, MOST_HEADS),
    "years": (1, MOST_YEARS),
    "growth": (Decimal("-0.5"), Decimal(2)),
    "discount": (ZERO, Decimal("0.5")),
    "departments": (0, 10_000),
    "integrations": (0, 1_000),
    "customers": (0, MOST_ROWS),
    "migrated": (0, MOST_ROWS),
    "sources": (0, 1_000),
    "replaced": (0, 1_000),
    "requests": (ZERO, Decimal(10_000)),
    "revenue": (ZERO, MOST_AMOUNT),
}
SHARES = frozenset({"growth", "discount"})


def _outside(scenario: Scenario) -> Iterator[Complaint]:
    for name, (least, most) in BOUNDS.items():
        value = getattr(scenario, name)
        if value is None or (Decimal(value).is_finite() and least <= value <= most):
            continue
        factor = 100 if name in SHARES else 1
        code = "heads" if name == "headcount" else "share_outside" if name in SHARES else "outside"
        yield Complaint(name, code, {"least": f"{least * factor:,}", "most": f"{most * factor:,}"})
    for currency, rate in scenario.rates.items():
        is_code = len(currency) == 3 and currency.isalpha()
        if not is_code or not rate.is_finite() or not Decimal("0.000001") <= rate <= 1_000_000:
            yield Complaint(f"rates.{currency}", "bad_rate", {"currency": currency})


def _unknown(scenario: Scenario) -> Iterator[Complaint]:
    given = (
        ("training", scenario.training, TRAINING_HOURS),
        ("hosting", scenario.hosting, HOSTING),
        ("dirt", scenario.dirt, DIRT),
        *(("trained", group.depth, TRAINING_HOURS) for group in scenario.trained),
    )
    for name, value, known in given:
        if value not in known:
            yield Complaint(name, "unknown", {"value": value, "known": ", ".join(known)})


def _contradictions(scenario: Scenario) -> Iterator[Complaint]:
    if scenario.departments > scenario.headcount:
        yield Complaint("departments", "more_departments", {"heads": f"{scenario.headcount:,}"})
    if scenario.migrated > scenario.customers:
        yield Complaint("migrated", "more_migrated", {"customers": f"{scenario.customers:,}"})
    if scenario.migrated and not scenario.sources:
        yield Complaint("sources", "no_source", {"migrated": f"{scenario.migrated:,}"})
    if any(group.people < 1 for group in scenario.trained):
        yield Complaint("trained", "empty_group", {})
    people = sum(group.people for group in scenario.trained)
    if people > scenario.headcount:
        yield Complaint("trained", "more_trained", {"people": f"{people:,}", "heads": f"{scenario.headcount:,}"})
    if len(scenario.trained) > MOST_GROUPS:
        yield Complaint("trained", "too_many", {"most": MOST_GROUPS})


def _bad_offers(offers: Sequence[Offer]) -> Iterator[Complaint]:
    if len(offers) > MOST_OFFERS:
        yield Complaint("offers", "too_many", {"most": MOST_OFFERS})
    if len({offer.key for offer in offers}) < len(offers):
        yield Complaint("offers", "offer_twice", {})
    for offer in offers:
        if offer.price is not None and not (offer.price.is_finite() and 0 <= offer.price <= 1_000_000):
            yield Complaint(f"offers.{offer.key}", "bad_price", {"name": offer.name})
        if not offer.name.strip():
            yield Complaint(f"offers.{offer.key}", "no_name", {})
