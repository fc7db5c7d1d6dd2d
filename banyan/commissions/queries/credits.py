"""Who has the credit for which sales: won opportunities, orders and payments, set-based, in the organization's currency."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from banyan.billing.choices import PaymentState
from banyan.billing.public import Allocation
from banyan.commissions.choices import Base
from banyan.commissions.rules import CENT, HUNDRED, ZERO
from banyan.core.kernel.registry import Registry
from banyan.core.tenancy.models import Organization
from banyan.money.public import NoRate, allocate, rate_on
from banyan.orders.public import CLOSED_STATUSES, Order, OrderLine, OrderReturn, Resolution, ReturnStatus
from banyan.sales.choices import Outcome
from banyan.sales.public import Opportunity, OpportunityLine, Split, splits_of


@dataclass(frozen=True)
class Credit:
    """What one person has the credit for; ``key`` is the same for the same thing at any time."""

    key: str
    person: uuid.UUID
    object_name: str
    record_id: uuid.UUID
    title: str
    day: date
    whole: Decimal
    share: Decimal
    amount: Decimal
    category: str = ""


@dataclass
class Credits:
    """The credit of people in some days; ``unknown`` are the currencies, with a day, that have no rate, by person."""

    found: list[Credit] = field(default_factory=list)
    unknown: dict[uuid.UUID, set[str]] = field(default_factory=dict)

    def by_person(self, person: uuid.UUID) -> Sequence[Credit]:
        """Return one person's credit."""
        if self._sorted is None:
            self._sorted = {}
            for credit in self.found:
                self._sorted.setdefault(credit.person, []).append(credit)
        return self._sorted.get(person, ())

    _sorted: dict[uuid.UUID, list[Credit]] | None = None


@dataclass(frozen=True)
class Asked:
    """Which credit: of sales in some days, or of certain records whatever their day."""

    organization: Organization
    first: date | None = None
    last: date | None = None
    ids: tuple[uuid.UUID, ...] | None = None
    by_category: bool = False
    overlays: bool = True


@dataclass(frozen=True)
class _Row:
    """A sale before its credit is shared; ``shown_at`` is the record that tells of it, ``lines_of`` whose lines tell what it is of."""

    object_name: str
    record_id: uuid.UUID
    title: str
    day: date
    amount: Decimal
    currency: str
    owner: uuid.UUID | None
    opportunity: uuid.UUID | None
    lines_of: uuid.UUID
    shown_at: uuid.UUID


#: Returns the sales of one base as rows; ``ids`` are records of ``object_name``.
Source = Callable[[Asked], Iterable[_Row]]


def credits_of(base: str, asked: Asked) -> Credits:
    """Return who has the credit for what is asked, shared as the opportunities say, each part exact to the cent."""
    rows = [row for row in credit_sources[base](asked) if row.amount]
    splits = splits_of({row.opportunity for row in rows if row.opportunity})
    categories = _categories(base, rows) if asked.by_category else {}
    rates = _Rates(asked.organization)
    found = Credits()
    for row in rows:
        parts = _parts_of(row, splits, overlays=asked.overlays)
        rate = rates.of(row.currency, row.day)
        if rate is None:
            for person, _share in parts:
                found.unknown.setdefault(person, set()).add(f"{row.currency} {row.day.isoformat()}")
            continue
        whole = (row.amount * rate).quantize(CENT, "ROUND_HALF_UP")
        for category, amount in _by_category(whole, categories.get(row.lines_of)):
            shares = [share for _person, share in parts]
            # What team members get of a sale adds up to it; overlays come besides.
            together = (amount * sum(shares, ZERO) / HUNDRED).quantize(CENT, "ROUND_HALF_UP")
            for (person, share), part in zip(parts, allocate(together, shares), strict=True):
                found.found.append(
                    Credit(
                        ":".join(filter(None, [row.object_name, str(row.record_id), category])),
                        person,
                        row.object_name,
                        row.shown_at,
                        row.title,
                        row.day,
                        amount,
                        share,
                        part,
                        category,
                    )
                )
    return found


class _Rates:
    """What a unit of a currency was worth on a day; asked once for each."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self._known: dict[tuple[str, date], Decimal | None] = {}

    def of(self, currency: str, day: date) -> Decimal | None:
        own = self.organization.currency
        if not currency or currency == own:
            return Decimal(1)
        key = (currency, day)
        if key not in self._known:
            try:
                self._known[key] = rate_on(self.organization, currency, own, day)
            except NoRate:
                self._known[key] = None
        return self._known[key]


def _parts_of(
    row: _Row, splits: Mapping[uuid.UUID, Sequence[Split]], *, overlays: bool
) -> list[tuple[uuid.UUID, Decimal]]:
    """Return people with their shares in per cent: as the opportunity's team shares it, else all of it the owner's."""
    shared = splits.get(row.opportunity, ()) if row.opportunity else ()
    found: dict[uuid.UUID, Decimal] = {}
    for split in shared:
        if isinstance(split.person, uuid.UUID) and (overlays or not split.is_overlay):
            found[split.person] = found.get(split.person, ZERO) + split.percent
    if not shared and row.owner is not None:
        found[row.owner] = HUNDRED
    return list(found.items())


def _by_category(whole: Decimal, weights: Mapping[str, Decimal] | None) -> list[tuple[str, Decimal]]:
    if not weights:
        return [("", whole)]
    names = sorted(weights)
    return list(zip(names, allocate(whole, [weights[name] for name in names]), strict=True))


def _categories(base: str, rows: Sequence[_Row]) -> dict[uuid.UUID, dict[str, Decimal]]:
    """Return what the lines of each sale are worth by product category; those without a category count as one."""
    ids = {row.lines_of for row in rows}
    model, link = (OpportunityLine, "opportunity") if base == Base.WON else (OrderLine, "order")
    lines = model._default_manager.filter(deleted_at__isnull=True, amount__gt=0, **{f"{link}__in": ids})  # noqa: SLF001
    found: dict[uuid.UUID, dict[str, Decimal]] = {}
    for parent, category, amount in lines.values_list(f"{link}_id", "product__category", "amount"):
        weights = found.setdefault(parent, {})
        weights[category or ""] = weights.get(category or "", ZERO) + amount
    return found


def _limited(rows: QuerySet[Any], asked: Asked, day: str) -> QuerySet[Any]:
    if asked.ids is not None:
        return rows.filter(pk__in=asked.ids)
    return rows.filter(**{f"{day}__gte": asked.first, f"{day}__lte": asked.last})


def won(asked: Asked) -> Iterable[_Row]:
    """Yield won opportunities."""
    rows = _limited(Opportunity.objects.filter(deleted_at__isnull=True, outcome=Outcome.WON), asked, "closed_on")
    names = ("pk", "name", "customer__name", "closed_on", "amount", "currency", "owner_id")
    for pk, name, customer, day, amount, currency, owner in rows.values_list(*names):
        if day is not None:
            title = _title(name, customer)
            yield _Row("opportunity", pk, title, day, amount or ZERO, currency, owner, pk, pk, pk)


def ordered(asked: Asked) -> Iterable[_Row]:
    """Yield orders that count."""
    rows = _limited(Order.objects.filter(deleted_at__isnull=True, status__in=CLOSED_STATUSES), asked, "ordered_on")
    names = ("pk", "number", "customer__name", "ordered_on", "amount", "currency", "owner_id", "opportunity_id")
    found = list(rows.values_list(*names))
    back = _sent_back(asked, [row[0] for row in found])
    for pk, number, customer, day, amount, currency, owner, opportunity in found:
        if day is not None:
            title, left = _title(number, customer), (amount or ZERO) - back.get(pk, ZERO)
            yield _Row("order", pk, title, day, max(left, ZERO), currency, owner, opportunity, pk, pk)


def _sent_back(asked: Asked, orders: Collection[uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """Return what came back of orders without being replaced, in the orders' currencies."""
    rows = OrderReturn.objects.filter(
        deleted_at__isnull=True, order__in=orders, status__in=[ReturnStatus.RECEIVED, ReturnStatus.CREDITED]
    ).exclude(resolution=Resolution.REPLACEMENT)
    return dict(rows.order_by().values_list("order").annotate(total=Sum("amount")).values_list("order_id", "total"))


def paid(asked: Asked) -> Iterable[_Row]:
    """Yield what confirmed payments pay of orders; refunds take it back on their own day."""
    rows = Allocation.objects.filter(
        reversed_at__isnull=True,
        payment__state=PaymentState.CONFIRMED,
        payment__deleted_at__isnull=True,
        order__deleted_at__isnull=True,
    )
    rows = _limited(rows, asked, "payment__paid_on")
    names = (
        "pk",
        "payment_id",
        "payment__number",
        "order__number",
        "order__customer__name",
        "payment__paid_on",
        "order_amount",
    )
    more = ("order__currency", "order__owner_id", "order__opportunity_id", "order_id")
    for pk, _payment, number, order, customer, day, amount, currency, owner, opportunity, order_id in rows.values_list(
        *names, *more
    ):
        if day is not None:
            title = _title(f"{number} → {order}", customer)
            yield _Row("payment", pk, title, day, amount, currency, owner, opportunity, order_id, _payment)


def _title(name: str, customer: str | None) -> str:
    # Opportunities are often named after their customer already.
    parts = [name, "" if customer and customer in name else customer]
    return " · ".join(filter(None, parts))[:300]


credit_sources: Registry[Source] = Registry("what earns commissions")


def record_ids(keys: Collection[str]) -> tuple[uuid.UUID, ...]:
    """Return the records that keys of credit belong to."""
    return tuple({uuid.UUID(key.split(":")[1]) for key in keys})
