"""Contracts and orders of the medium demo: what its won deals became, from the clause to the return."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from banyan.contracts.public import (
    Contract,
    amend,
    replace_instalments,
    save_clause,
    sign,
    sign_amendment,
)
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.orders.public import (
    OrderLine,
    approve_return,
    place_order,
    receive_return,
    record_delivered,
    request_return,
)
from banyan.products.public import Product, replace_lines
from banyan.sales.choices import Outcome
from banyan.sales.public import Opportunity

CLAUSES = (
    ("Payment", "Payment terms", "Each instalment is due within 30 days of the invoice, without deduction.", True),
    (
        "Payment",
        "Late payment",
        "Late amounts bear interest at 0.03 % per day from the day after they were due.",
        False,
    ),
    ("Delivery", "Delivery", "The supplier delivers to the place named on the order. Risk passes on handover.", True),
    (
        "Delivery",
        "Acceptance",
        "The customer inspects the goods within ten working days and reports defects in writing.",
        True,
    ),
    ("Warranty", "Warranty", "The supplier repairs or replaces defective goods for 24 months from acceptance.", True),
    ("Law", "Confidentiality", "Each side keeps the other's technical and commercial information confidential.", False),
    ("Law", "Governing law", "The law of the seller's place of business governs. Disputes go to its courts.", True),
)
PLANS = (
    [("Down payment", "30", "signing", 0), ("On delivery", "60", "delivery", 30), ("Retention", "10", "warranty", 0)],
    [("In full", "100", "delivery", 30)],
    [("First half", "50", "signing", 15), ("Second half", "50", "acceptance", 30)],
)
CONTRACTS, ORDERS = 10, 24
REASONS = ("Wrong colour delivered", "Damaged in transit")


def fill_orders(actor: Actor) -> None:
    """Give the demo its library of clauses, contracts in every state, and orders on their way to the customer."""
    for category, name, text, is_standard in CLAUSES:
        save_clause(actor, None, {"category": category, "name": name, "text": text, "is_standard": is_standard})
    won = list(
        Opportunity.objects.filter(outcome=Outcome.WON, customer__isnull=False, amount__gt=0)
        .select_related("customer").order_by("-amount", "pk")[: CONTRACTS + ORDERS]
    )  # fmt: skip
    contracts = [_contract(actor, deal, place) for place, deal in enumerate(won[:CONTRACTS])]
    products = {product.name: product for product in Product.objects.filter(deleted_at__isnull=True)}
    orders = [_order(actor, deal, place, products, contracts) for place, deal in enumerate(won[CONTRACTS:])]
    _change(actor, orders[1])
    for place, reason in enumerate(REASONS):
        _return(actor, orders[2 + place], reason, is_received=place == 0)


def _contract(actor: Actor, deal: Opportunity, place: int) -> Contract:
    """Write the contract of a won deal; the first ones end soon, the last one is still a draft."""
    day = today(actor.time_zone)
    starts = day - timedelta(days=(340, 350, 200, 150, 120, 90, 60, 30, 400, 0)[place])
    values: dict[str, Any] = {
        "name": f"{deal.customer} {'framework' if place == 2 else 'supply'} agreement",
        "kind": "framework" if place == 2 else ("service" if place % 3 == 0 else "sales"),
        "customer": deal.customer_id,
        "opportunity": deal.pk,
        "amount": (deal.amount or Decimal(0)) * (20 if place == 2 else 1),
        "starts_on": starts,
        "ends_on": starts + timedelta(days=364),
        "renewal": ("manual", "automatic", "none")[place % 3],
        "owner": deal.owner_id,
        "customer_signer": "Head of purchasing",
    }
    made = door.create(actor, spec_for(actor.organization, "contract"), values)
    if not isinstance(made, Contract):
        raise TypeError
    plan = PLANS[place % len(PLANS)]
    lines = [{"name": name, "share": share, "event": event, "days": days} for name, share, event, days in plan]
    replace_instalments(actor, made.pk, lines)
    if place < CONTRACTS - 1:
        sign(actor, made.pk, {"signed_on": starts, "our_signer": str(deal.owner_id) if deal.owner_id else ""})
    if place == 4:
        later = values["ends_on"] + timedelta(days=180)
        amendment = amend(
            actor, made.pk, {"reason": "Half a year more", "new_ends_on": later, "wording": "The term is extended."}
        )
        sign_amendment(actor, amendment.pk)
    made.refresh_from_db()
    return made


def _order(actor: Actor, deal: Opportunity, place: int, products: dict[str, Product], contracts: list[Contract]) -> Any:
    """Write the order of a won deal, and deliver what its place among the orders says."""
    day = today(actor.time_zone)
    ordered = day - timedelta(days=3 * place)
    product = products.get(deal.product) or next(iter(products.values()))
    lines = [
        {"product": product.pk, "quantity": 4 + place % 5, "promised_on": _promised(day, place)},
        {"name": "Installation and training", "quantity": 1, "unit_price": "450", "promised_on": _promised(day, place)},
    ]
    values = {
        "customer": deal.customer_id, "opportunity": deal.pk, "ordered_on": ordered, "owner": deal.owner_id,
        "status": "draft" if place == 0 else "confirmed", "deliver_on": _promised(day, place),
    }  # fmt: skip
    framework = contracts[2]
    if place % 6 == 1:
        values |= {"customer": framework.customer_id, "contract": framework.pk, "opportunity": None}
    order = place_order(actor, {name: value for name, value in values.items() if value}, lines)
    if place >= 2:
        rows = list(OrderLine.objects.filter(order=order.pk).order_by("position"))
        goods = rows[0].quantity if place % 3 else Decimal(2)
        record_delivered(actor, {rows[0].pk: goods, **({rows[1].pk: Decimal(1)} if place % 3 else {})})
    return order


def _promised(day: date, place: int) -> date:
    return day + timedelta(days=20 - 3 * (place % 4))


def _change(actor: Actor, order: Any) -> None:
    rows = OrderLine.objects.filter(order=order.pk).order_by("position")
    lines = [{"id": row.pk, "quantity": row.quantity + 2} for row in rows]
    replace_lines(actor, "order", order.pk, lines, reason="The customer opens a second site")


def _return(actor: Actor, order: Any, reason: str, *, is_received: bool) -> None:
    line = OrderLine.objects.filter(order=order.pk, delivered_quantity__gt=0).order_by("position")[0]
    values = {"order": order.pk, "reason": reason, "owner": order.owner_id}
    made = request_return(actor, values, [{"order_line": line.pk, "quantity": "1"}])
    if is_received:
        approve_return(actor, made.pk)
        receive_return(actor, made.pk)
