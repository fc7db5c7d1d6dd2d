"""What is open and since when: by customer, owner or department, and as a statement of one customer's account."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, DateField, Value, When
from django.db.models.functions import Cast, Coalesce

from banyan.billing.models import Allocation, Invoice, OpenOrder
from banyan.billing.queries import settings_of
from banyan.billing.rules import BANDS, band_of
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.money.rules import ZERO
from banyan.orders.public import CLOSED_STATUSES, Order

#: Columns of ageing: not due, then the bands.
COLUMNS = len(BANDS) + 1
GROUPS = ("customer", "owner", "department")
#: How an order leads to what its open sums are grouped by.
PATHS = {"customer": "customer_id", "owner": "owner_id", "department": "owner__department_id"}


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


#: Open sums of the orders that ``seen`` returns: what is open of an order is owed for its instalments, those first that
#: are due first, and what no instalment holds by the usual days to pay.
ITEMS = """
WITH seen (order_id, number, currency, begun, owner_id, owner, department_id, customer_id, customer) AS ({seen}),
owed AS (
    SELECT seen.*, known.amount AS open, seen.begun + COALESCE(terms.term_days, %s) AS usual_day
      FROM seen
      JOIN billing_openorder AS known ON known.organization_id = %s AND known.order_id = seen.order_id
      LEFT JOIN billing_customerterms AS terms ON terms.organization_id = %s AND terms.customer_id = seen.customer_id
), planned AS (
    SELECT owed.*, plan.id AS plan_id, plan.name, plan.promised_on, GREATEST(plan.amount - plan.paid_amount, 0) AS still,
           -- What waits for its event is not due, however old the order is.
           CASE WHEN plan.status = 'inactive' THEN DATE '9999-12-31' ELSE COALESCE(plan.due_on, owed.usual_day) END AS due_on,
           sum(GREATEST(plan.amount - plan.paid_amount, 0))
               OVER (PARTITION BY owed.order_id ORDER BY plan.due_on NULLS LAST, plan.position, plan.id
                     ROWS UNBOUNDED PRECEDING) AS reached
      FROM owed
      JOIN billing_paymentplan AS plan ON plan.organization_id = %s AND plan.order_id = owed.order_id
                                      AND plan.deleted_at IS NULL AND plan.status <> 'void'
), items AS (
    SELECT order_id, number, currency, owner_id, owner, department_id, customer_id, customer, plan_id, name, promised_on,
           due_on, LEAST(still, open - (reached - still)) AS amount
      FROM planned WHERE still > 0 AND open > reached - still
     UNION ALL
    SELECT order_id, number, currency, owner_id, owner, department_id, customer_id, customer, NULL, '', NULL, usual_day,
           open - taken.amount
      FROM owed
      CROSS JOIN LATERAL (SELECT COALESCE(sum(GREATEST(plan.amount - plan.paid_amount, 0)), 0) AS amount
                            FROM billing_paymentplan AS plan
                           WHERE plan.organization_id = %s AND plan.order_id = owed.order_id
                             AND plan.deleted_at IS NULL AND plan.status <> 'void') AS taken
     WHERE open > taken.amount
)
"""


def open_items(
    actor: Actor,
    *,
    customer_id: uuid.UUID | None = None,
    chosen: Mapping[str, str] | None = None,
    limit: int | None = None,
) -> list[OpenItem]:
    """Return everything open of the orders that the actor may see, the oldest first; at most ``limit``.

    ``chosen`` narrows it to a customer, owner or department by id; an empty id is those without.
    """
    begin, values = _items(actor, {**(chosen or {}), **({"customer": str(customer_id)} if customer_id else {})})
    if not begin:
        return []
    statement = f"""{begin}
        SELECT order_id, number, customer_id, customer, owner_id, COALESCE(owner, ''), department_id, name, due_on, amount,
               currency, plan_id, promised_on
          FROM items ORDER BY due_on, number, plan_id {"" if limit is None else f"LIMIT {int(limit)}"}
    """  # noqa: S608 names are made here, values are parameters
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [OpenItem(*row) for row in cursor.fetchall()]


def _items(actor: Actor, chosen: Mapping[str, str]) -> tuple[str, list[Any]]:
    """Return the SQL that begins with the open sums that the actor may see, and its values; empty where there are none."""
    spec = spec_for(actor.organization, "order")
    unpaid = OpenOrder.objects.values("order_id")
    rows: Any = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=unpaid)
    for name, path in PATHS.items():
        if name in chosen:
            pk = parse_id(chosen[name])
            if pk is None and chosen[name]:
                return "", []
            rows = rows.filter(**{path: pk} if pk else {f"{path}__isnull": True})
    begun = Coalesce("ordered_on", Cast("created_at", DateField()))
    currency = Case(When(currency="", then=Value(actor.currency)), default="currency", output_field=CharField())
    columns = ("pk", "number", currency, begun, "owner_id", "owner__name", "owner__department_id", "customer_id",
               "customer__name")  # fmt: skip
    try:
        seen, given = rows.order_by().values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return "", []
    organization = actor.organization_id
    days = settings_of(actor.organization).term_days
    return ITEMS.replace("{seen}", seen), [*given, days, *[organization] * 4]


def ageing(actor: Actor, *, by: str, day: date, chosen: Mapping[str, str] | None = None) -> list[AgeingRow]:
    """Return what is open added up by customer, owner or department, and currency; the most overdue first."""
    begin, values = _items(actor, chosen or {})
    if not begin:
        return []
    label = {"customer": "items.customer", "owner": "items.owner", "department": "department.name"}[by]
    bands = " ".join(
        f"WHEN %s::date - items.due_on <= {int(last)} THEN {index + 1}" if last is not None else f"ELSE {index + 1}"
        for index, (_first, last) in enumerate(BANDS)
    )
    statement = f"""{begin}
        SELECT items.{by}_id, {label}, items.currency, CASE WHEN items.due_on >= %s::date THEN 0 {bands} END AS band, sum(items.amount)
          FROM items
          LEFT JOIN identity_department AS department ON department.id = items.department_id
         GROUP BY 1, 2, 3, 4
    """  # noqa: S608 names are made here, values are parameters
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, day, *[day] * bands.count("%s")])
        found = cursor.fetchall()
    rows: dict[tuple[str, str], AgeingRow] = {}
    for pk, name, currency, column, amount in found:
        key = str(pk or "")
        rows.setdefault((key, currency), AgeingRow(key, name or "", currency)).amounts[column] += amount
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
