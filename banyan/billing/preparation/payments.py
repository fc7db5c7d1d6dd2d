"""What billing derives and refuses while instalments and payments pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from banyan.billing.choices import DueEvent, PaymentKind, PaymentState
from banyan.billing.engine.marks import REFUNDING
from banyan.billing.models import Allocation, PaymentPlan
from banyan.billing.queries import named_payments, settings_of
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import today
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, Stored, locking
from banyan.customers.public import Customer
from banyan.money.rules import ZERO
from banyan.orders.public import Order

HUGE = Decimal(10) ** 15
#: What says of a payment how much money is whose: fixed once it pays something.
MONEY_FIELDS = ("amount", "currency", "customer")
STATE_FIELDS = ("state", "kind", "refund_of", "reversed_on")


def prepare_payments(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let a receipt wait where it has to be confirmed; keep the amount of what pays something already."""
    owners = _owners(drafts)
    for draft in drafts:
        check_amount(draft, "amount")
        check_currency(draft, context)
        if draft.is_new:
            _begin_payment(draft, context, owners)
            continue
        if draft.changes(*STATE_FIELDS):
            draft.refuse("state", "not_here", _("The state of a payment changes by confirming and reversing it alone."))
        if draft.changes("amount") and draft.get("state") == PaymentState.CONFIRMED:
            draft.set("unallocated", draft.get("amount"))


def settled_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return what cannot change of payments that were given back, reversed or refused."""
    return {
        record.record_id: _settled()
        for record in records
        if record.before("kind") == PaymentKind.REFUND
        or record.before("state") in {PaymentState.REVERSED, PaymentState.REFUSED}
    }


def allocated_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return what cannot change of payments that pay something."""
    rows = Allocation.objects.filter(payment__in=[record.record_id for record in records])
    return {pk: _settled() for pk in rows.values_list("payment_id", flat=True)}


def ordered_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return that instalments stay with their order."""
    lock = locking(["order"], "fixed", _("An instalment stays with its order."), of_record=False)
    return {record.record_id: lock for record in records}


def _settled() -> Locks:
    text = _("This payment was allocated, given back or reversed: day, amount, currency and customer stay.")
    return locking((*MONEY_FIELDS, "paid_on"), "allocated", text)


def _begin_payment(draft: Draft, context: WriteContext, owners: dict[Any, Any]) -> None:
    actor = context.actor
    is_refund = REFUNDING in context.confirmed
    draft.set("kind", PaymentKind.REFUND if is_refund else PaymentKind.RECEIPT)
    waits = (
        not is_refund and settings_of(actor.organization).needs_confirmation and not actor.has(Ability.KEEP_ACCOUNTS)
    )
    draft.set("state", PaymentState.WAITING if waits else PaymentState.CONFIRMED)
    draft.set("unallocated", ZERO if waits or is_refund else draft.get("amount"))
    if not draft.get("paid_on"):
        draft.set("paid_on", today(actor.time_zone))
    if "owner" not in draft.given and owners.get(draft.get("customer")):
        draft.set("owner", owners[draft.get("customer")])


def prepare_plans(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Take customer and currency from the order, and refuse instalments that make more than the order.

    The orders are locked, so that two people who plan at once see each other.
    """
    ids = {draft.get("order") for draft in drafts} | {draft.before("order") for draft in drafts}
    rows = Order.objects.filter(pk__in=ids - {None}).select_for_update(no_key=True).order_by("pk")
    orders = {order.pk: order for order in rows}
    own = [draft.record_id for draft in drafts]
    others = PaymentPlan.objects.filter(order__in=orders, deleted_at__isnull=True, is_void=False).exclude(pk__in=own)
    sums: dict[uuid.UUID, Decimal] = dict(others.order_by().values_list("order").annotate(Sum("amount")))
    last = PaymentPlan.objects.filter(order__in=orders).order_by().values_list("order").annotate(Max("position"))
    positions: dict[uuid.UUID, int] = dict(last)
    named = named_payments([draft.record_id for draft in drafts if not draft.is_new])
    for draft in drafts:
        order = orders.get(draft.get("order"))
        if order is None:
            continue
        if draft.is_new:
            positions[order.pk] = positions.get(order.pk, 0) + 1
            draft.set("position", positions[order.pk])
        draft.set("customer", order.customer_id)
        draft.set("currency", order.currency or context.actor.currency)
        if not draft.get("name"):
            draft.set("name", _("Instalment %(number)s") % {"number": draft.get("position")})
        check_amount(draft, "amount")
        _check_due(draft, order, context)
        _check_paid(draft, named.get(draft.record_id, ZERO))
        if not draft.get("is_void") and isinstance(draft.get("amount"), Decimal):
            sums[order.pk] = sums.get(order.pk, ZERO) + draft.get("amount")
            if not context.exempt and draft.changes("amount", "is_void"):
                _check_sum(draft, order, sums[order.pk])


def _check_due(draft: Draft, order: Order, context: WriteContext) -> None:
    if draft.get("event") != DueEvent.DATE:
        if draft.changes("due_on"):
            draft.set("due_on", draft.before("due_on"))
        return
    if not draft.get("due_on"):
        begin = order.ordered_on or today(context.actor.time_zone)
        days = settings_of(context.actor.organization).term_days
        draft.set("due_on", begin + timedelta(days=draft.get("days_after") or days))


def _check_paid(draft: Draft, paid: Decimal) -> None:
    if paid <= 0:
        return
    if draft.get("is_void"):
        draft.refuse("is_void", "paid", _("Something was paid for this instalment: it cannot be void."))
    elif (draft.get("amount") or ZERO) < paid:
        draft.refuse("amount", "below_paid", _("%(paid)s was paid for this instalment already.") % {"paid": paid})


def _check_sum(draft: Draft, order: Order, planned: Decimal) -> None:
    amount = order.amount
    # What an order without amount will be worth nobody knows yet.
    if amount is not None and planned > amount:
        text = _("All instalments would make %(planned)s, and the order %(amount)s: %(beyond)s too much.")
        values = {"planned": planned, "amount": amount, "beyond": planned - amount}
        draft.refuse("amount", "more_than_order", text % values)


def check_amount(draft: Draft, name: str) -> None:
    """Refuse an amount that is not above zero, or beyond all measure."""
    amount = draft.get(name)
    if isinstance(amount, Decimal) and not ZERO < amount < HUGE:
        text = _("The amount must be above zero, and below a million billions.")
        draft.refuse(name, "not_positive", text)


def check_currency(draft: Draft, context: WriteContext) -> None:
    """Write a currency in capitals, the organization's when none is given; refuse what is none."""
    currency = str(draft.get("currency") or context.actor.currency).upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        draft.refuse("currency", "unknown_currency", _("A currency has three letters, such as CNY."))
    elif currency != draft.get("currency"):
        draft.set("currency", currency)


def _owners(drafts: Sequence[Draft]) -> dict[Any, Any]:
    chosen = {draft.get("customer") for draft in drafts if draft.is_new and draft.get("customer")}
    return dict(Customer.objects.filter(pk__in=chosen).values_list("pk", "owner_id")) if chosen else {}
