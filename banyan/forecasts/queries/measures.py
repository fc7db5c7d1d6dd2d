"""The measures of targets: how each is summed per person, set-based, in the organization's currency."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DateField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Trunc

from banyan.billing.choices import PaymentState
from banyan.billing.public import Allocation
from banyan.core.access.models import Territory
from banyan.core.kernel.clock import today
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import specs_on
from banyan.core.tenancy.models import Organization
from banyan.customers.public import Customer
from banyan.forecasts.choices import Dimension, Measure
from banyan.forecasts.rules import ZERO
from banyan.money.public import UnknownRate, rates_of_day
from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.public import Order, OrderLine
from banyan.sales.choices import Outcome
from banyan.sales.public import Opportunity, OpportunityLine, OpportunityMember

#: Of whom, and in which month (None without asking for months).
Key = tuple[uuid.UUID | None, date | None]
CUSTOMER_PATHS: dict[str, str] = {
    Dimension.TERRITORY: "customer__territory",
    Dimension.CUSTOMER_LEVEL: "customer__level",
    Dimension.INDUSTRY: "customer__industry",
}


@dataclass(frozen=True)
class Slice:
    """A part of the business, such as one product category; without ``dimension`` all of it."""

    dimension: str = ""
    part: str = ""


WHOLE = Slice()


@dataclass(frozen=True)
class Question:
    """What is asked of a measure: which days, which part of the business, and whether month by month."""

    organization: Organization
    first: date
    last: date
    slice: Slice = WHOLE
    by_month: bool = False


@dataclass
class Sums:
    """What was reached by person and month; amounts of ``unknown`` currencies, which have no rate, are left out."""

    values: dict[Key, Decimal] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def of(self, person: uuid.UUID | None, month: date | None = None) -> Decimal:
        """Return what one person reached."""
        return self.values.get((person, month), ZERO)


@dataclass(frozen=True)
class Rows:
    """Where a measure's figures stand: rows, the fields that hold day, owner, amount and currency, and the slices.

    Without ``amount`` the rows are counted. ``moment`` is the instant that ``day`` is made from, where there is one.
    ``deal`` is the field of the opportunity whose team shares the amounts; empty where they are all the owner's.
    """

    rows: Callable[[], QuerySet[Any]]
    day: str
    owner: str = "owner_id"
    amount: str = ""
    currency: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)
    moment: str = ""
    deal: str = ""

    def between(self, question: Question) -> QuerySet[Any]:
        """Return the rows of some days."""
        if not self.moment:
            return self.rows().filter(**{f"{self.day}__gte": question.first, f"{self.day}__lte": question.last})
        zone = ZoneInfo(question.organization.time_zone)
        start, end = (
            datetime.combine(day, time(), zone) for day in (question.first, question.last + timedelta(days=1))
        )
        return self.rows().filter(**{f"{self.moment}__gte": start, f"{self.moment}__lt": end})


@dataclass(frozen=True)
class MeasureSource:
    """How a measure is counted; ``object_name`` must be switched on, and every slice is found in one of the ``places``."""

    name: Measure
    object_name: str
    is_money: bool
    places: tuple[Rows, ...]

    @property
    def dimensions(self) -> list[str]:
        """Return by what targets of the measure can be narrowed."""
        return [name for name in Dimension.values if any(name in place.paths for place in self.places)]

    def place_for(self, dimension: str) -> Rows | None:
        """Return the rows that can tell a dimension; those of the whole for none."""
        if not dimension:
            return self.places[0]
        return next((place for place in self.places if dimension in place.paths), None)


measure_sources: Registry[MeasureSource] = Registry("measures of targets")


def measures_on(organization: Organization) -> list[MeasureSource]:
    """Return the measures whose objects the organization uses."""
    on = specs_on(organization)
    return [source for source in measure_sources if source.object_name in on]


def achieved(source: MeasureSource, question: Question) -> Sums:
    """Return what each person reached in some days; amounts at the rates of the last of them, or of today before."""
    place = source.place_for(question.slice.dimension)
    if place is None:
        return Sums()
    rows = place.between(question)
    if question.slice.dimension:
        rows = rows.filter(_within(place.paths[question.slice.dimension], question.slice))
    names: dict[str, Any] = {"person": F(place.owner)}
    if question.by_month:
        zone = ZoneInfo(question.organization.time_zone)
        names["month"] = Trunc(
            place.moment or place.day, "month", output_field=DateField(), **({"tzinfo": zone} if place.moment else {})
        )
    if place.currency:
        names["coin"] = F(place.currency)
    value: Any = Sum(place.amount) if place.amount else Count("pk")
    grouped = list(rows.order_by().values(**names).annotate(value=value))
    if place.deal:
        grouped += _shared(rows, place, names)
    return _converted(grouped, question)


def _shared(rows: QuerySet[Any], place: Rows, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what of the amounts is credit of members of the team, and as much less for the owners of the deals."""
    if not OpportunityMember.objects.filter(share__gt=0).exists():
        return []
    shares = OpportunityMember.objects.filter(share__gt=0, opportunity=OuterRef(place.deal))
    shared = rows.filter(Exists(shares)).order_by()
    besides = {name: term for name, term in names.items() if name != "person"}
    found = list(
        OpportunityMember.objects.filter(share__gt=0, opportunity__in=shared.values(place.deal))
        .values_list("opportunity_id", "person_id", "share")
        .order_by()
    )
    if not found:
        return []
    amounts = shared.values(credit_of=F(place.deal), credit_owner=F(place.owner), **besides).annotate(
        value=Sum(place.amount)
    )
    by_deal: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in amounts:
        by_deal.setdefault(row["credit_of"], []).append(row)
    moved = []
    for deal, person, share in found:
        for row in by_deal.get(deal, ()):
            value = (row["value"] or ZERO) * share / 100
            rest = {name: row[name] for name in besides}
            moved.append({**rest, "person": person, "value": value})
            moved.append({**rest, "person": row["credit_owner"], "value": -value})
    return moved


def _converted(grouped: Any, question: Question) -> Sums:
    organization = question.organization
    day = min(question.last, today(organization.time_zone))
    found = [row for row in grouped if row["value"]]
    coins = {row.get("coin") or organization.currency for row in found}
    rates = rates_of_day(organization, day, coins)
    sums = Sums()
    for row in found:
        coin = row.get("coin") or organization.currency
        try:
            factor = rates.factor(coin, organization.currency)
        except UnknownRate:
            sums.unknown.add(coin)
            continue
        key = (row["person"], row.get("month"))
        sums.values[key] = sums.values.get(key, ZERO) + Decimal(row["value"]) * factor
    return sums


def _within(path: str, part: Slice) -> Q:
    if part.dimension != Dimension.TERRITORY:
        return Q(**{path: part.part})
    territory = parse_id(part.part)
    below = Territory.objects.filter(path__contains=[territory]).values("pk") if territory else ()
    return Q(**{f"{path}__in": below})


def _won() -> QuerySet[Any]:
    return Opportunity.objects.filter(deleted_at__isnull=True, outcome=Outcome.WON)


def _won_lines() -> QuerySet[Any]:
    live = {"deleted_at__isnull": True, "opportunity__deleted_at__isnull": True, "opportunity__outcome": Outcome.WON}
    return OpportunityLine.objects.filter(**live)


def _orders() -> QuerySet[Any]:
    return Order.objects.filter(deleted_at__isnull=True, status__in=CLOSED_STATUSES)


def _order_lines() -> QuerySet[Any]:
    live = {"deleted_at__isnull": True, "order__deleted_at__isnull": True, "order__status__in": CLOSED_STATUSES}
    return OrderLine.objects.filter(**live)


def _payments() -> QuerySet[Any]:
    return Allocation.objects.filter(
        reversed_at__isnull=True,
        payment__state=PaymentState.CONFIRMED,
        payment__deleted_at__isnull=True,
        order__deleted_at__isnull=True,
    )


def _customers() -> QuerySet[Any]:
    return Customer.objects.filter(deleted_at__isnull=True)


_LINE_PATHS: dict[str, str] = {Dimension.PRODUCT: "product_id", Dimension.PRODUCT_CATEGORY: "product__category"}
_WON = Rows(_won, "closed_on", amount="amount", currency="currency", paths=CUSTOMER_PATHS, deal="pk")
_WON_LINES = Rows(
    _won_lines,
    "opportunity__closed_on",
    "opportunity__owner_id",
    "amount",
    "opportunity__currency",
    _LINE_PATHS,
    deal="opportunity_id",
)
_ORDERS = Rows(_orders, "ordered_on", amount="amount", currency="currency", paths=CUSTOMER_PATHS, deal="opportunity_id")
_ORDER_LINES = Rows(
    _order_lines,
    "order__ordered_on",
    "order__owner_id",
    "amount",
    "order__currency",
    _LINE_PATHS,
    deal="order__opportunity_id",
)
_PAYMENTS = Rows(
    _payments,
    "payment__paid_on",
    "order__owner_id",
    "order_amount",
    "order__currency",
    {name: f"order__{path}" for name, path in CUSTOMER_PATHS.items()},
    deal="order__opportunity_id",
)
_CUSTOMERS = Rows(
    _customers,
    "created_at",
    moment="created_at",
    paths={name: path.removeprefix("customer__") for name, path in CUSTOMER_PATHS.items()},
)

SOURCES = (
    MeasureSource(Measure.AMOUNT_WON, "opportunity", True, (_WON, _WON_LINES)),
    MeasureSource(Measure.NUMBER_WON, "opportunity", False, (Rows(_won, "closed_on", paths=CUSTOMER_PATHS),)),
    MeasureSource(Measure.ORDERS_AMOUNT, "order", True, (_ORDERS, _ORDER_LINES)),
    MeasureSource(Measure.NUMBER_OF_ORDERS, "order", False, (Rows(_orders, "ordered_on", paths=CUSTOMER_PATHS),)),
    MeasureSource(Measure.PAYMENTS_RECEIVED, "payment", True, (_PAYMENTS,)),
    MeasureSource(Measure.NEW_CUSTOMERS, "customer", False, (_CUSTOMERS,)),
)
