"""What is open and since when: by customer, owner or department, and as a statement of one customer's account."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from banyan.billing.models import Allocation, CustomerTerms, Invoice
from banyan.billing.queries import balances, open_plans, settings_of
from banyan.billing.rules import BANDS, band_of
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.identity.models import Department
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.money.rules import ZERO
from banyan.orders.public import CLOSED_STATUSES, Order

#: Columns of ageing: not due, then the bands.
COLUMNS = len(BANDS) + 1
GROUPS = ("customer", "owner", "department")


@dataclass(frozen=True)
class OpenItem:
    """An open sum of an order: an instalment, or what no instalment holds."""

    order_id: uuid.UUID
    order: str
    customer_id: uuid.UUID
    customer: str
    owner_id: uuid.UUID | None
    owner: str
    department_id: uuid.UUID | None
    name: str
    due_on: date
    amount: Decimal
    currency: str
    plan_id: uuid.UUID | None = None
    promised_on: date | None = None

    def days(self, day: date) -> int:
        """Return how many days it is overdue on a day; negative before."""
        return (day - self.due_on).days

    def column(self, day: date) -> int:
        """Return its column: 0 while it is not due, then the band."""
        band = band_of(self.days(day))
        return 0 if band is None else band + 1


@dataclass
class AgeingRow:
    """What one customer, owner or department still has to pay, by band."""

    key: str
    label: str
    currency: str
    amounts: list[Decimal] = field(default_factory=lambda: [ZERO] * COLUMNS)

    @property
    def total(self) -> Decimal:
        """Return everything that is open."""
        return sum(self.amounts, ZERO)

    @property
    def overdue(self) -> Decimal:
        """Return what is overdue."""
        return sum(self.amounts[1:], ZERO)


def open_items(actor: Actor, *, customer_id: uuid.UUID | None = None) -> list[OpenItem]:
    """Return everything open of the orders that the actor may see, the oldest first."""
    spec = spec_for(actor.organization, "order")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(status__in=CLOSED_STATUSES, amount__gt=0)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    columns = ("pk", "number", "amount", "currency", "ordered_on", "created_at", "owner_id", "owner__name",
               "owner__department_id", "customer_id", "customer__name")  # fmt: skip
    orders = list(rows.values(*columns))
    sums = balances((row["pk"], row["amount"]) for row in orders)
    still = [row for row in orders if sums[row["pk"]].open > 0]
    plans = open_plans([row["pk"] for row in still])
    usual = settings_of(actor.organization).term_days
    terms = _term_days({row["customer_id"] for row in still})
    found: list[OpenItem] = []
    for row in still:
        found += _items(actor, row, sums[row["pk"]].open, plans.get(row["pk"], []),
                        terms.get(row["customer_id"], usual))  # fmt: skip
    return sorted(found, key=lambda item: (item.due_on, item.order))


def _term_days(customer_ids: set[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the days to pay of those customers that have terms of their own."""
    if not customer_ids:
        return {}
    rows = CustomerTerms.objects.filter(term_days__isnull=False)
    if len(customer_ids) == 1:
        rows = rows.filter(customer__in=customer_ids)
    return {pk: days for pk, days in rows.values_list("customer_id", "term_days") if days is not None}


def _items(actor: Actor, row: dict[str, Any], left: Decimal, plans: Sequence[Any], days: int) -> Iterator[OpenItem]:
    begun = row["ordered_on"] or row["created_at"].date()
    common = {
        "order_id": row["pk"], "order": row["number"], "customer_id": row["customer_id"],
        "customer": row["customer__name"], "owner_id": row["owner_id"], "owner": row["owner__name"] or "",
        "department_id": row["owner__department_id"], "currency": row["currency"] or actor.currency,
    }  # fmt: skip
    for plan in plans:
        amount = min(plan.amount - plan.paid_amount, left)
        if amount > 0:
            left -= amount
            due = plan.due_on or begun + timedelta(days=days)
            if plan.status == "inactive":
                # What waits for its event is not due, however old the order is.
                due = max(due, date.max)
            yield OpenItem(**common, name=plan.name, due_on=due, amount=amount, plan_id=plan.pk,
                           promised_on=plan.promised_on)  # fmt: skip
    if left > 0:
        yield OpenItem(**common, name="", due_on=begun + timedelta(days=days), amount=left)


def ageing(items: Iterable[OpenItem], *, by: str, day: date) -> list[AgeingRow]:
    """Return open items added up by customer, owner or department, and currency; the most overdue first."""
    names = {str(pk): name for pk, name in Department.objects.values_list("pk", "name")} if by == "department" else {}
    rows: dict[tuple[str, str], AgeingRow] = {}
    for item in items:
        key = str(getattr(item, f"{by}_id") or "")
        label = names.get(key, "") if by == "department" else getattr(item, by)
        row = rows.setdefault((key, item.currency), AgeingRow(key, label, item.currency))
        row.amounts[item.column(day)] += item.amount
    return sorted(rows.values(), key=lambda row: (-row.overdue, -row.total, row.label))


@dataclass(frozen=True)
class Entry:
    """A line of an account: an order raises what is owed, a payment or credit note lowers it."""

    day: date
    text: str
    number: str
    owed: Decimal
    paid: Decimal
    balance: Decimal = ZERO


@dataclass(frozen=True)
class Account:
    """What happened on a customer's account in one currency, from what it stood at before to what it stands at."""

    currency: str
    before: Decimal
    entries: Sequence[Entry]

    @property
    def balance(self) -> Decimal:
        """Return what is owed at the end; negative when the customer has money to come."""
        return self.entries[-1].balance if self.entries else self.before


def accounts_of(actor: Actor, customer_id: uuid.UUID, first: date, last: date) -> list[Account]:
    """Return a customer's accounts between two days, one for each currency.

    Orders count with what they are worth now, payments where they were allocated; what is not allocated yet lowers the
    balance, too. Only what the actor may see is told.
    """
    found: dict[str, list[tuple[date, str, str, Decimal, Decimal]]] = {}
    order_spec, payment_spec = spec_for(actor.organization, "order"), spec_for(actor.organization, "payment")
    orders = restrict(live_rows(actor, order_spec), actor, order_spec).filter(
        customer_id=customer_id, status__in=CLOSED_STATUSES, amount__gt=0
    )
    by_id: dict[uuid.UUID, Any] = {}
    for order in orders:
        assert isinstance(order, Order)  # noqa: S101 what the specification says
        by_id[order.pk] = order
        day = order.ordered_on or order.created_at.date()
        currency = order.currency or actor.currency
        found.setdefault(currency, []).append((day, "order", order.number, order.amount or ZERO, ZERO))
    notes = Invoice.objects.filter(order__in=by_id, state="issued", is_return=True, deleted_at__isnull=True)
    for note in notes:
        found.setdefault(note.currency, []).append(
            (note.issued_on or first, "credit", note.official_number, ZERO, -note.amount)
        )
    allocated = Allocation.objects.filter(order__in=by_id, reversed_at__isnull=True).select_related("payment")
    for row in allocated:
        currency = by_id[row.order_id].currency or actor.currency
        text = "refund" if row.order_amount < 0 else "payment"
        entry = (row.payment.paid_on or first, text, row.payment.number, ZERO, row.order_amount)
        found.setdefault(currency, []).append(entry)
    rest = restrict(live_rows(actor, payment_spec), actor, payment_spec).filter(
        customer_id=customer_id, unallocated__gt=0
    )
    for payment in rest.values("number", "paid_on", "currency", "unallocated"):
        entry = (payment["paid_on"] or first, "prepayment", payment["number"], ZERO, payment["unallocated"])
        found.setdefault(payment["currency"], []).append(entry)
    return [_account(currency, sorted(rows), first, last) for currency, rows in sorted(found.items())]


def _account(
    currency: str, rows: Sequence[tuple[date, str, str, Decimal, Decimal]], first: date, last: date
) -> Account:
    before = sum((owed - paid for day, _text, _number, owed, paid in rows if day < first), ZERO)
    balance, entries = before, []
    for day, text, number, owed, paid in rows:
        if first <= day <= last:
            balance += owed - paid
            entries.append(Entry(day, text, number, owed, paid, balance))
    return Account(currency, before, entries)
