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

from banyan.billing.models import Allocation, Invoice, OpenOrder
from banyan.billing.queries import settings_of
from banyan.billing.rules import BANDS, band_of
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict, visible
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.money.rules import ZERO
from banyan.orders.public import CLOSED_STATUSES, Order

#: Columns of ageing: not due, then the bands.
COLUMNS = len(BANDS) + 1
GROUPS = ("customer", "owner", "department")
#: How what is open leads to what its sums are grouped by.
PATHS = {
    "customer": "known.customer_id",
    "owner": "known.owner_id",
    "department": "(SELECT person.department_id FROM identity_user AS person WHERE person.id = known.owner_id)",
}


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


@dataclass(frozen=True)
class Ageing:
    """What is open by age: so many rows, the most overdue first, and the sums of all there are by currency."""

    rows: list[AgeingRow]
    totals: list[AgeingRow]
    count: int

    @property
    def is_cut(self) -> bool:
        """Say whether there are more rows than these."""
        return self.count > len(self.rows)


#: Open sums of orders: what is open of an order is owed for its instalments, those first that are due first, and what no
#: instalment holds by the usual days to pay. Only what is kept with the open orders is read, and the instalments of those
#: that have some: no step is joined with another by a key of which the planner knows nothing.
ITEMS = """
WITH owed AS (
    SELECT known.order_id, known.customer_id, known.owner_id, known.amount AS open, known.has_instalments,
           CASE WHEN known.currency = '' THEN %s ELSE known.currency END AS currency,
           known.begun + COALESCE(terms.term_days, %s) AS usual_day
      FROM billing_openorder AS known
      LEFT JOIN billing_customerterms AS terms ON terms.organization_id = known.organization_id
                                              AND terms.customer_id = known.customer_id
     WHERE known.organization_id = %s AND {seen}
), planned AS (
    SELECT owed.order_id, owed.customer_id, owed.owner_id, owed.currency, owed.open, plan.id AS plan_id, plan.name,
           plan.promised_on, GREATEST(plan.amount - plan.paid_amount, 0) AS still,
           -- What waits for its event is not due, however old the order is.
           CASE WHEN plan.status = 'inactive' THEN DATE '9999-12-31' ELSE COALESCE(plan.due_on, owed.usual_day) END AS due_on,
           sum(GREATEST(plan.amount - plan.paid_amount, 0))
               OVER (PARTITION BY owed.order_id ORDER BY plan.due_on NULLS LAST, plan.position, plan.id
                     ROWS UNBOUNDED PRECEDING) AS reached
      FROM owed
      JOIN billing_paymentplan AS plan ON plan.organization_id = %s AND plan.order_id = owed.order_id
                                      AND plan.deleted_at IS NULL AND plan.status <> 'void'
     WHERE owed.has_instalments
), items AS (
    SELECT order_id, customer_id, owner_id, currency, plan_id, name, promised_on, due_on,
           LEAST(still, open - (reached - still)) AS amount
      FROM planned WHERE still > 0 AND open > reached - still
     UNION ALL
    SELECT order_id, customer_id, owner_id, currency, NULL, '', NULL, usual_day, open - taken.amount
      FROM owed
      CROSS JOIN LATERAL (SELECT COALESCE(sum(GREATEST(plan.amount - plan.paid_amount, 0)), 0) AS amount
                            FROM billing_paymentplan AS plan
                           WHERE plan.organization_id = %s AND plan.order_id = owed.order_id
                             AND plan.deleted_at IS NULL AND plan.status <> 'void') AS taken
     WHERE owed.has_instalments AND open > taken.amount
     UNION ALL
    SELECT order_id, customer_id, owner_id, currency, NULL, '', NULL, usual_day, open FROM owed WHERE NOT has_instalments
)
"""
#: What is open in each column of age, by what it is grouped by, and the sums of all of that by currency.
SUMS = """
{items}, aged AS (
    SELECT {key} AS key, currency, amount, CASE WHEN due_on >= %s::date THEN 0 {bands} END AS band
      FROM items {join}
), sums AS MATERIALIZED (
    SELECT key, currency, {columns} FROM aged GROUP BY key, currency
), first AS (
    SELECT * FROM sums ORDER BY {overdue} DESC, {total} DESC, key LIMIT %s
)
SELECT true, NULL, '', currency, count(*), {added} FROM sums GROUP BY currency
 UNION ALL
SELECT false, first.key, COALESCE(label.name, ''), first.currency, 1, {taken}
  FROM first LEFT JOIN {labels} AS label ON label.id = first.key
"""
LABELS = {"customer": "customers_customer", "owner": "identity_user", "department": "identity_department"}
KEYS = {"customer": "customer_id", "owner": "owner_id", "department": "person.department_id"}
MOST_ROWS = 1_000_000


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
        SELECT first.order_id, orders.number, first.customer_id, customer.name, first.owner_id, COALESCE(person.name, ''),
               person.department_id, first.name, first.due_on, first.amount, first.currency, first.plan_id,
               first.promised_on
          FROM (SELECT * FROM items ORDER BY due_on, order_id, plan_id LIMIT %s) AS first
          JOIN orders_order AS orders ON orders.id = first.order_id
          JOIN customers_customer AS customer ON customer.id = first.customer_id
          LEFT JOIN identity_user AS person ON person.id = first.owner_id
         ORDER BY first.due_on, first.order_id, first.plan_id
    """  # noqa: S608 names are made here, values are parameters
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, limit or MOST_ROWS])
        return [OpenItem(*row) for row in cursor.fetchall()]


def _items(actor: Actor, chosen: Mapping[str, str]) -> tuple[str, list[Any]]:
    """Return the SQL that begins with the open sums that the actor may see, and its values; empty where there are none."""
    spec = spec_for(actor.organization, "order")
    limits = visible(actor, spec)
    if limits is None:
        return "", []
    conditions, given = [], []
    for name in GROUPS:
        if name not in chosen:
            continue
        pk = parse_id(chosen[name])
        if pk is None and chosen[name]:
            return "", []
        path = PATHS[name]
        conditions.append(f"{path} = %s" if pk else f"{path} IS NULL")
        given += [pk] if pk else []
    if limits:
        # Who sees some orders only is asked which; who sees all of them needs no order to be read.
        unpaid = OpenOrder.objects.values("order_id")
        try:
            seen, more = live_rows(actor, spec).filter(limits, pk__in=unpaid).values("pk").query.sql_with_params()
        except EmptyResultSet:
            return "", []
        conditions.append(f"known.order_id IN ({seen})")
        given += more
    organization = actor.organization_id
    days = settings_of(actor.organization).term_days
    items = ITEMS.replace("{seen}", " AND ".join(conditions) or "true")
    return items, [actor.currency, days, organization, *given, organization, organization]


def ageing(
    actor: Actor, *, by: str, day: date, chosen: Mapping[str, str] | None = None, limit: int | None = None
) -> Ageing:
    """Return what is open added up by customer, owner or department, and currency; the most overdue first."""
    begin, values = _items(actor, chosen or {})
    if not begin:
        return Ageing([], [], 0)
    bands = " ".join(
        f"WHEN %s::date - due_on <= {int(last)} THEN {index + 1}" if last is not None else f"ELSE {index + 1}"
        for index, (_first, last) in enumerate(BANDS)
    )
    names = [f"a{column}" for column in range(COLUMNS)]
    words = {
        "items": begin, "key": KEYS[by], "bands": bands, "labels": LABELS[by],
        "join": "LEFT JOIN identity_user AS person ON person.id = items.owner_id" if by == "department" else "",
        "columns": ", ".join(
            f"COALESCE(sum(amount) FILTER (WHERE band = {column}), 0) AS a{column}" for column in range(COLUMNS)
        ),
        "overdue": "+".join(names[1:]), "total": "+".join(names),
        "added": ", ".join(f"sum({name})" for name in names), "taken": ", ".join(f"first.{name}" for name in names),
    }  # fmt: skip
    statement = SUMS
    for name, text in words.items():
        statement = statement.replace(f"{{{name}}}", text)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, day, *[day] * bands.count("%s"), limit or MOST_ROWS])
        found = cursor.fetchall()
    rows: list[AgeingRow] = []
    totals: list[AgeingRow] = []
    count = 0
    for is_total, pk, label, currency, number, *amounts in found:
        (totals if is_total else rows).append(AgeingRow(str(pk or ""), label, currency, amounts))
        count += number if is_total else 0
    rows.sort(key=lambda row: (-row.overdue, -row.total, row.label))
    return Ageing(rows, sorted(totals, key=lambda row: row.currency), count)


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
