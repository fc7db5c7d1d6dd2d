"""Which orders a payment pays: proposed, allocated exactly, and taken back with a trace."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum as Total
from django.utils.translation import gettext as _

from banyan.billing.choices import PaymentKind, PaymentState, PlanStatus
from banyan.billing.engine.openness import refresh_open
from banyan.billing.engine.plans import refresh_plans
from banyan.billing.engine.rates import Sum, difference, rate
from banyan.billing.engine.writing import set_figures
from banyan.billing.events import PaymentReceived
from banyan.billing.models import Allocation, Payment, PaymentPlan
from banyan.billing.queries import balances, named_payments, open_orders, open_plans
from banyan.billing.rules import proposal
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.events import publish
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.money.rules import ZERO, rounded
from banyan.orders.public import CLOSED_STATUSES, Order

PAYMENT = "payment"
MOST_TARGETS = 500
HUGE = Decimal(10) ** 15


@dataclass(frozen=True)
class Target:
    """What a payment pays: an order, perhaps one of its instalments, and how much in the payment's currency.

    ``order_amount`` is what that pays in the order's currency where it differs; by the day's rate when left out.
    """

    order_id: uuid.UUID
    amount: Decimal
    plan_id: uuid.UUID | None = None
    order_amount: Decimal | None = None


@transaction.atomic
def allocate(
    actor: Actor, payment_id: uuid.UUID, targets: Sequence[Target], *, context: WriteContext | None = None
) -> list[Allocation]:
    """Let a receipt pay orders, all or nothing, and return what was allocated.

    Raises ``Missing`` or ``NotAllowed`` for the payment or an order, ``Conflict`` when the payment does not count,
    ``Invalid`` with errors as ``allocations.<position>.<field>`` for more than is open, a cancelled order or a currency
    without a rate. Two people who allocate at once come one after the other.
    """
    context = context or WriteContext.for_actor(actor)
    _refuse_too_many(targets)
    orders = lock_orders(actor, [target.order_id for target in targets])
    payment = lock_payment(actor, payment_id)
    if payment.kind != PaymentKind.RECEIPT or payment.state != PaymentState.CONFIRMED:
        raise Conflict("not_counted", _("This payment does not count: it cannot be allocated."))
    judge = _Judge(actor, payment, orders)
    made = [judge.allocation(position, target) for position, target in enumerate(targets)]
    if judge.errors:
        raise Invalid(judge.errors)
    rows = Allocation.objects.bulk_create([allocation for allocation in made if allocation is not None])
    settle(actor, payment, orders.values())
    for row in rows:
        tell_received(payment, row, row.amount, row.order_amount)
    return rows


@transaction.atomic
def take_back(actor: Actor, payment_id: uuid.UUID, allocation_ids: Collection[uuid.UUID], *, reason: str = "") -> None:
    """Take allocations of a payment back: the money is a prepayment again, and the trace stays.

    Raises ``Missing`` or ``NotAllowed`` for the payment, ``Missing`` for an allocation that is not there any more.
    """
    rows = list(Allocation.objects.filter(pk__in=allocation_ids, payment_id=payment_id, reversed_at__isnull=True))
    if len(rows) < len(set(allocation_ids)):
        raise Missing("not_found", _("This allocation was taken back already."))
    orders = lock_orders(actor, [row.order_id for row in rows], unseen=True)
    payment = lock_payment(actor, payment_id)
    refunds = Allocation.objects.filter(
        payment__refund_of=payment, order__in=orders, reversed_at__isnull=True, payment__deleted_at__isnull=True
    )
    if refunds.exists():
        raise Conflict("refunded", _("Part of this payment was given back. Reverse the refund first."))
    release(actor, payment, rows, orders.values(), reason=reason)


def release(
    actor: Actor, payment: Payment, rows: Iterable[Allocation], orders: Iterable[Order], *, reason: str
) -> None:
    """Mark allocations as taken back and derive anew; orders and payment are locked."""
    ids = [row.pk for row in rows]
    # Somebody may have taken one back while we waited for the locks.
    live = list(Allocation.objects.filter(pk__in=ids, reversed_at__isnull=True))
    Allocation.objects.filter(pk__in=[row.pk for row in live]).update(
        reversed_at=now(), reversed_by_id=actor.user_id, reason=reason[:200]
    )
    settle(actor, payment, orders)
    for row in live:
        tell_received(payment, row, -row.amount, -row.order_amount)


def propose(actor: Actor, payment: Payment) -> list[Target]:
    """Return what a receipt would pay of the customer's orders in its currency, the oldest instalments first."""
    spec = spec_for(actor.organization, "order")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer_id=payment.customer_id)
    own = {payment.currency} | ({""} if payment.currency == actor.currency else set())
    orders = [order for order in open_orders(rows) if order.currency in own]
    return propose_for(payment.unallocated, orders)


def propose_for(available: Decimal, orders: Sequence[Order]) -> list[Target]:
    """Return how an amount would be allocated to the open instalments of orders, the oldest first."""
    sums = balances((order.pk, order.amount) for order in orders)
    plans = open_plans([order.pk for order in orders])
    due: list[tuple[date, int, uuid.UUID, uuid.UUID | None, Decimal]] = []
    for index, order in enumerate(orders):
        left = sums[order.pk].open
        day = order.ordered_on or order.created_at.date()
        for plan in plans.get(order.pk, []):
            still = min(plan.amount - plan.paid_amount, left)
            if still > 0:
                due.append((plan.due_on or date.max, index, order.pk, plan.pk, still))
                left -= still
        if left > 0:
            due.append((day if not plans.get(order.pk) else date.max, index, order.pk, None, left))
    due.sort(key=lambda entry: (entry[0], entry[1]))
    shares = proposal(available, [entry[4] for entry in due])
    return [Target(entry[2], amount, entry[3]) for entry, amount in zip(due, shares, strict=True) if amount > 0]


def lock_orders(actor: Actor, ids: Iterable[uuid.UUID], *, unseen: bool = False) -> dict[uuid.UUID, Order]:
    """Lock orders that the actor may see, in order of their ids, and return them; raise ``Missing`` for any other.

    With ``unseen`` whoever may change the payment may take it off an order that they do not see.
    """
    wanted = set(ids)
    rows = Order.objects.filter(pk__in=wanted)
    if not unseen:
        spec = spec_for(actor.organization, "order")
        seen = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=wanted)
        if seen.count() < len(wanted):
            raise Missing("not_found", _("This order does not exist, or you may not see it."))
    return {order.pk: order for order in rows.select_for_update(no_key=True).order_by("pk")}


def lock_payment(actor: Actor, payment_id: uuid.UUID) -> Payment:
    """Lock a payment that the actor may change; after the orders, so that all take locks in the same order."""
    found = door.lock(actor, spec_for(actor.organization, PAYMENT), [payment_id], Action.EDIT)[0]
    assert isinstance(found, Payment)  # noqa: S101 what the specification says
    return found


def settle(actor: Actor, payment: Payment, orders: Iterable[Order]) -> None:
    """Derive what of a payment is unallocated and how the instalments of orders stand."""
    set_figures(payment.organization_id, PAYMENT, payment, {"unallocated": unallocated_of(payment)})
    ids = [order.pk for order in orders]
    refresh_plans(payment.organization_id, ids, today(actor.organization.time_zone))
    refresh_open(payment.organization_id, ids)


def unallocated_of(payment: Payment) -> Decimal:
    """Return what a payment holds that pays no order and was not given back."""
    if payment.kind != PaymentKind.RECEIPT or payment.state != PaymentState.CONFIRMED:
        return ZERO
    given = Allocation.objects.filter(payment=payment, reversed_at__isnull=True).aggregate(total=Total("amount"))
    refunds = Payment.objects.filter(refund_of=payment, state=PaymentState.CONFIRMED, deleted_at__isnull=True)
    back = refunds.aggregate(total=Total("amount"))["total"] or ZERO
    taken = Allocation.objects.filter(payment__in=refunds, reversed_at__isnull=True).aggregate(total=Total("amount"))
    return payment.amount - (given["total"] or ZERO) - back - (taken["total"] or ZERO)


def tell_received(payment: Payment, row: Allocation, amount: Decimal, order_amount: Decimal) -> None:
    """Tell that money was allocated, or with negative amounts taken back."""
    publish(
        PaymentReceived(
            payment.organization_id, payment.pk, row.order_id, payment.customer_id,
            payment.paid_on or now().date(), amount, payment.currency, order_amount,
        )
    )  # fmt: skip


class _Judge:
    """Judges targets one after the other, each seeing what those before it have taken."""

    def __init__(self, actor: Actor, payment: Payment, orders: dict[uuid.UUID, Order]) -> None:
        self.actor, self.payment, self.orders = actor, payment, orders
        self.left = unallocated_of(payment)
        sums = balances((order.pk, order.amount) for order in orders.values())
        self.open = {pk: balance.open for pk, balance in sums.items()}
        rows = PaymentPlan.objects.filter(order__in=orders, deleted_at__isnull=True)
        self.plans = {plan.pk: plan for plan in rows.select_for_update(no_key=True).order_by("pk")}
        self.named = named_payments(list(self.plans))
        self.errors: list[FieldError] = []

    def allocation(self, position: int, target: Target) -> Allocation | None:
        """Return the allocation of a target, or None after noting what is wrong."""
        order = self.orders[target.order_id]
        currency = order.currency or self.actor.currency
        paid_on = self.payment.paid_on or today(self.actor.time_zone)
        exchange = Decimal(1)
        if currency != self.payment.currency and target.order_amount is None:
            exchange = rate(self.actor.organization, self.payment.currency, currency, paid_on)
        order_amount = target.amount if currency == self.payment.currency else target.order_amount
        if order_amount is None:
            order_amount = rounded(target.amount * exchange)
            # What the rate leaves over a cent or two beyond what is open pays it off.
            order_amount = (
                min(order_amount, self.open[order.pk]) if _nearly(order_amount, self.open[order.pk]) else order_amount
            )
        elif currency != self.payment.currency and target.amount:
            exchange = order_amount / target.amount
        problem = self._problem(order, target, order_amount)
        if problem:
            self.errors.append(FieldError(f"allocations.{position}.{problem[0]}", problem[1], problem[2]))
            return None
        self.left -= target.amount
        self.open[order.pk] -= order_amount
        if target.plan_id:
            self.named[target.plan_id] = self.named.get(target.plan_id, ZERO) + order_amount
        gained = difference(
            self.actor.organization,
            Sum(target.amount, self.payment.currency, paid_on),
            Sum(order_amount, currency, order.ordered_on or order.created_at.date()),
        )
        return Allocation(
            organization_id=self.payment.organization_id, payment=self.payment, order=order, plan_id=target.plan_id,
            amount=target.amount, order_amount=order_amount, rate=rounded(exchange, 10), difference=gained,
            made_by_id=self.actor.user_id,
        )  # fmt: skip

    def _problem(self, order: Order, target: Target, order_amount: Decimal) -> tuple[str, str, Any] | None:
        if not (ZERO < target.amount < HUGE) or target.amount != rounded(target.amount) or order_amount <= 0:
            return "amount", "not_positive", _("The amount must be above zero, with at most two decimals.")
        if order.customer_id != self.payment.customer_id:
            return "order", "other_customer", _("%(order)s belongs to another customer.") % {"order": order.number}
        if order.status not in CLOSED_STATUSES:
            return "order", "not_confirmed", _(
                "%(order)s is not confirmed, or was cancelled: it cannot be paid. Leave the money unallocated, as a"
                " prepayment."
            ) % {"order": order.number}  # fmt: skip
        if target.amount > self.left:
            return "amount", "more_than_payment", _(
                "Only %(left)s of the payment is left to be allocated."
            ) % {"left": self.left}  # fmt: skip
        if order_amount > self.open[order.pk]:
            return "amount", "more_than_open", _(
                "Only %(open)s of %(order)s is open. Leave the rest unallocated, as a prepayment."
            ) % {"open": max(self.open[order.pk], ZERO), "order": order.number}  # fmt: skip
        if target.plan_id is None:
            return None
        plan = self.plans.get(target.plan_id)
        if plan is None or plan.order_id != order.pk or plan.status == PlanStatus.VOID:
            return "plan", "unknown_record", _("This instalment is not one of the order, or it is void.")
        if self.named.get(plan.pk, ZERO) + order_amount > plan.amount:
            still = plan.amount - self.named.get(plan.pk, ZERO)
            return "amount", "more_than_plan", _("Only %(open)s of this instalment is open.") % {"open": still}
        return None


def _nearly(amount: Decimal, still: Decimal) -> bool:
    return still > 0 and abs(amount - still) <= Decimal("0.05")


def _refuse_too_many(targets: Sequence[Target]) -> None:
    if not targets or len(targets) > MOST_TARGETS:
        message = _("Allocate to between one and %(most)s orders at a time.") % {"most": MOST_TARGETS}
        raise Invalid([FieldError("allocations", "number", message)])
