"""Money of the medium demo: how its orders are paid and invoiced, and what some customers pay for month after month."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from banyan.billing.public import (
    Target,
    add_instalments,
    approve_invoice,
    issue_invoice,
    plan_by_template,
    record_payment,
    renew,
    request_invoice,
    save_template,
    unplanned,
    usual_templates,
)
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.orders.public import CLOSED_STATUSES, Order, place_order
from banyan.sales.choices import Outcome
from banyan.sales.public import Opportunity

#: How many orders there are at least, how many are planned, and how many customers subscribe.
ORDERS, PLANNED, SUBSCRIBERS = 36, 24, 9
TAX = Decimal(8)
TWO, THREE, FOUR = 2, 3, 4


def bill_orders(actor: Actor) -> None:
    """Plan, invoice and pay the newest orders: most are paid, some in part, a few are late."""
    templates = [save_template(actor, None, name=name, rows=rows) for name, rows in usual_templates()]
    orders = list(
        Order.objects.filter(status__in=CLOSED_STATUSES, amount__gt=0, deleted_at__isnull=True).order_by("-ordered_on")
    )[:ORDERS]
    orders += _ordered(actor, ORDERS - len(orders))
    for index, order in enumerate(orders):
        _pay(actor, order, index, templates[index % len(templates)])
    _subscribe(actor, orders)


def _ordered(actor: Actor, count: int) -> list[Order]:
    """Return orders made of the latest sales, spread over the last five months."""
    if count <= 0:
        return []
    day = today(actor.time_zone)
    won = Opportunity.objects.filter(
        outcome=Outcome.WON, customer__isnull=False, amount__gt=0, deleted_at__isnull=True
    )  # fmt: skip
    made = []
    for index, deal in enumerate(won.order_by("-closed_on", "pk")[:count]):
        values = {
            "customer": deal.customer_id, "opportunity": deal.pk, "name": deal.name, "owner": deal.owner_id,
            "ordered_on": day - timedelta(days=4 * index), "currency": actor.currency, "prices_include_tax": False,
        }  # fmt: skip
        line: dict[str, Any] = {"name": deal.name[:200], "quantity": 1 + index % FOUR, "unit_price": deal.amount,
                                "tax_rate": TAX}  # fmt: skip
        made.append(Order.objects.get(pk=place_order(actor, values, [line]).pk))
    return made


def _pay(actor: Actor, order: Order, index: int, template: Any) -> None:
    """Let one order be planned, invoiced and paid, each a little differently."""
    left = unplanned(order)
    if left > 0 and index < PLANNED and index % TWO == 0:
        plan_by_template(actor, order.pk, template.pk)
    elif left > 0 and index < PLANNED:
        add_instalments(actor, order.pk, [{"name": "Net", "amount": left, "due_on": _day(order, 30)}])
    if index % FOUR != THREE:
        invoice = request_invoice(actor, {"order": order.pk})
        if index % FOUR != TWO:
            approve_invoice(actor, invoice.pk)
            issue_invoice(actor, invoice.pk)
    amount = order.amount or Decimal(0)
    part = (amount, (amount / TWO).quantize(Decimal("0.01")), Decimal(0))[index % THREE]
    if not part:
        return
    paid_on = min(_day(order, 20 + index), today(actor.time_zone))
    values = {
        "customer": order.customer_id, "amount": part, "paid_on": paid_on, "currency": order.currency,
        "payer_name": order.customer.name, "reference": f"TX-{index:04d}",
    }  # fmt: skip
    record_payment(actor, values, [Target(order.pk, part)] if index != SUBSCRIBERS else [])


def _day(order: Order, days: int) -> date:
    return (order.ordered_on or order.created_at.date()) + timedelta(days=days)


def _subscribe(actor: Actor, orders: list[Order]) -> None:
    """Let some customers pay for service month after month, or year after year."""
    spec, day = spec_for(actor.organization, "subscription"), today(actor.time_zone)
    customers = list(dict.fromkeys(order.customer_id for order in orders))[:SUBSCRIBERS]
    for index, customer_id in enumerate(customers):
        period, price = (("month", "180"), ("quarter", "510"), ("year", "1900"))[index % THREE]
        values = {
            "customer": customer_id, "name": "Service plan", "quantity": 1 + index, "unit_price": price,
            "period": period, "starts_on": (day.replace(day=1) - timedelta(days=40 * (index % FOUR))).isoformat(),
        }  # fmt: skip
        made = door.create(actor, spec, values)
        renew(actor, made.pk, day)
