"""Recording payments: with what they pay, confirmed by those who keep the accounts, given back, reversed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.billing.choices import PaymentKind, PaymentState
from banyan.billing.engine.marks import REFUNDING
from banyan.billing.engine.writing import change_state
from banyan.billing.models import Allocation, Payment
from banyan.billing.services.allocating import (
    PAYMENT,
    Target,
    allocate,
    lock_orders,
    lock_payment,
    release,
    settle,
    tell_received,
    unallocated_of,
)
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.money.rules import ZERO, rounded


@transaction.atomic
def record_payment(
    actor: Actor, values: Mapping[str, Any], targets: Sequence[Target] = (), *, context: WriteContext | None = None
) -> Payment:
    """Record a receipt and what it pays, all or nothing, and return it.

    Where receipts are confirmed first, what it is to pay waits with it. Raises ``Invalid`` for wrong values of the
    payment, and what ``allocate`` raises.
    """
    context = context or WriteContext.for_actor(actor)
    made = door.create(actor, spec_for(actor.organization, PAYMENT), values, context=context)
    payment = Payment.objects.get(pk=made.pk)
    if targets and payment.state == PaymentState.CONFIRMED:
        allocate(actor, payment.pk, targets, context=context)
    elif targets:
        Payment.objects.filter(pk=payment.pk).update(wanted=[_to_json(target) for target in targets])
    payment.refresh_from_db()
    return payment


@transaction.atomic
def confirm_payment(actor: Actor, payment_id: uuid.UUID, *, by_approval: bool = False) -> Payment:
    """Confirm that money came in, and allocate it as was wished as far as that is still open.

    Raises ``NotAllowed`` without the right to keep accounts, ``Conflict`` when it does not wait any more.
    """
    if not by_approval:
        require_ability(actor, Ability.KEEP_ACCOUNTS)
    wanted = [_from_json(entry) for entry in Payment.objects.values_list("wanted", flat=True).get(pk=payment_id)]
    orders = lock_orders(actor, [target.order_id for target in wanted], unseen=True)
    payment = lock_payment(actor, payment_id)
    _require_waiting(payment)
    change_state(WriteContext.for_actor(actor), PAYMENT, payment, {"state": PaymentState.CONFIRMED})
    settle(actor, payment, ())
    if wanted and orders:
        try:
            with transaction.atomic():
                allocate(actor, payment.pk, wanted)
        except Invalid:
            # Others have paid the order meanwhile: the money counts, and whoever keeps the accounts allocates it.
            payment.refresh_from_db()
    payment.refresh_from_db()
    return payment


@transaction.atomic
def refuse_payment(actor: Actor, payment_id: uuid.UUID, *, reason: str, by_approval: bool = False) -> Payment:
    """Say that a receipt that somebody wrote down did not come in; it then counts for nothing."""
    if not by_approval:
        require_ability(actor, Ability.KEEP_ACCOUNTS)
    payment = lock_payment(actor, payment_id)
    _require_waiting(payment)
    values = {"state": PaymentState.REFUSED, "reason": _needed(reason)}
    change_state(WriteContext.for_actor(actor), PAYMENT, payment, values)
    return payment


@transaction.atomic
def reverse_payment(actor: Actor, payment_id: uuid.UUID, *, reason: str) -> Payment:
    """Take a payment back that was wrong, such as a returned cheque: it counts no more, and its trace stays.

    Raises ``Conflict`` when it was reversed or given back already, ``Invalid`` without a reason.
    """
    rows = list(Allocation.objects.filter(payment_id=payment_id, reversed_at__isnull=True))
    orders = lock_orders(actor, [row.order_id for row in rows], unseen=True)
    payment = lock_payment(actor, payment_id)
    if payment.state != PaymentState.CONFIRMED:
        raise Conflict("not_counted", _("This payment counts no more, or not yet: there is nothing to reverse."))
    if Payment.objects.filter(refund_of=payment, state=PaymentState.CONFIRMED, deleted_at__isnull=True).exists():
        raise Conflict("refunded", _("Part of this payment was given back. Reverse the refund first."))
    why = _needed(reason)
    values = {"state": PaymentState.REVERSED, "reason": why, "reversed_on": today(actor.time_zone)}
    change_state(WriteContext.for_actor(actor), PAYMENT, payment, values)
    rows = list(Allocation.objects.filter(payment=payment, reversed_at__isnull=True))
    if {row.order_id for row in rows} - orders.keys():
        raise Conflict("allocated_meanwhile", _("Somebody allocated this payment just now. Look again, and repeat."))
    release(actor, payment, rows, orders.values(), reason=why)
    if payment.refund_of_id:
        settle(actor, lock_payment(actor, payment.refund_of_id), ())
    payment.refresh_from_db()
    return payment


@transaction.atomic
def refund_payment(
    actor: Actor, payment_id: uuid.UUID, *, amount: Decimal, reason: str, order_id: uuid.UUID | None = None,
    values: Mapping[str, Any] | None = None,
) -> Payment:  # fmt: skip
    """Give money of a receipt back and return the refund.

    With an order what the receipt paid of it is taken back, otherwise what is unallocated. Raises ``Conflict`` for a
    receipt that does not count, ``Invalid`` for more than there is.
    """
    found = lock_orders(actor, [order_id] if order_id else [])
    payment = lock_payment(actor, payment_id)
    if payment.kind != PaymentKind.RECEIPT or payment.state != PaymentState.CONFIRMED:
        raise Conflict("not_counted", _("Only a receipt that counts can be given back."))
    why = _needed(reason)
    if amount <= 0 or amount != rounded(amount):
        raise Invalid(
            [FieldError("amount", "not_positive", _("The amount must be above zero, with at most two decimals."))]
        )
    rows = _paid_by(payment, order_id) if order_id else []
    available = sum((row[1] for row in rows), ZERO) if order_id else unallocated_of(payment)
    if amount > available:
        message = _("Only %(left)s of this receipt can be given back here.") % {"left": available}
        raise Invalid([FieldError("amount", "more_than_payment", message)])
    own = {
        "customer": payment.customer_id, "paid_on": today(actor.time_zone), "currency": payment.currency,
        "method": payment.method, "account": payment.account, **(values or {}), "amount": amount,
    }  # fmt: skip
    spec = spec_for(actor.organization, PAYMENT)
    context = WriteContext.for_actor(actor, confirmed=frozenset({REFUNDING}))
    made = Payment.objects.get(pk=door.create(actor, spec, own, context=context).pk)
    change_state(context, PAYMENT, made, {"refund_of": payment.pk, "reason": why})
    _take_from(actor, made, rows, amount)
    settle(actor, made, found.values())
    settle(actor, payment, ())
    made.refresh_from_db()
    return made


def _paid_by(payment: Payment, order_id: uuid.UUID) -> list[tuple[Allocation, Decimal]]:
    """Return the allocations of a receipt to an order, newest first, each with what refunds have left of it."""
    rows = Allocation.objects.filter(payment=payment, order_id=order_id, reversed_at__isnull=True)
    refunds = Allocation.objects.filter(
        payment__refund_of=payment, payment__state=PaymentState.CONFIRMED, order_id=order_id, reversed_at__isnull=True
    )
    back = -sum(refunds.values_list("amount", flat=True), ZERO)
    found = []
    for row in rows.order_by("-made_at", "-id"):
        used = min(back, row.amount)
        back -= used
        found.append((row, row.amount - used))
    return found


def _take_from(actor: Actor, refund: Payment, rows: Sequence[tuple[Allocation, Decimal]], amount: Decimal) -> None:
    left = amount
    for row, still in rows:
        taken = min(left, still)
        if taken <= 0:
            continue
        left -= taken
        of_order = row.order_amount if taken == row.amount else rounded(row.order_amount * taken / row.amount)
        made = Allocation.objects.create(
            organization_id=refund.organization_id, payment=refund, order_id=row.order_id, plan_id=row.plan_id,
            amount=-taken, order_amount=-of_order, rate=row.rate, made_by_id=actor.user_id,
        )  # fmt: skip
        tell_received(refund, made, made.amount, made.order_amount)


def _require_waiting(payment: Payment) -> None:
    if payment.state != PaymentState.WAITING:
        raise Conflict("not_waiting", _("This payment does not wait for confirmation any more."))


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Invalid([FieldError("reason", "required", _("Say why."))])
    return reason.strip()[:500]


def _to_json(target: Target) -> dict[str, str]:
    found = {"order": str(target.order_id), "amount": str(target.amount)}
    if target.plan_id:
        found["plan"] = str(target.plan_id)
    if target.order_amount is not None:
        found["order_amount"] = str(target.order_amount)
    return found


def _from_json(entry: Mapping[str, str]) -> Target:
    plan, of_order = entry.get("plan"), entry.get("order_amount")
    order_id = parse_id(entry["order"])
    assert order_id is not None  # noqa: S101 written by this module
    return Target(
        order_id,
        Decimal(entry["amount"]),
        parse_id(plan) if plan else None,
        Decimal(of_order) if of_order else None,
    )
