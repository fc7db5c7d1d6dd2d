"""Subscriptions: an order for each period exactly once, changes in the middle of one, pausing and ending."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banyan.billing.choices import SubscriptionState
from banyan.billing.engine.writing import change_state
from banyan.billing.models import Renewal, Subscription
from banyan.billing.rules import MONTHS, Proration, later, period_end, prorate
from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.kernel.languages import written_day
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.money.public import places_of
from banyan.money.rules import ZERO, rounded
from banyan.orders.public import Order, place_order

SUBSCRIPTION = "subscription"
#: How many missed periods one run catches up for a subscription.
MOST_PERIODS = 60


@transaction.atomic
def renew(actor: Actor, subscription_id: uuid.UUID, day: date) -> list[Order]:
    """Make the orders of all periods of a subscription that have begun by a day and have none yet; return them.

    Each period's order exists once, whoever runs this at the same time. A subscription that does not renew itself, or
    has come to its end, ends.
    """
    subscription = _lock(actor, subscription_id)
    made: list[Order] = []
    while (
        subscription.state == SubscriptionState.ACTIVE
        and subscription.next_on is not None
        and subscription.next_on <= day
        and len(made) < MOST_PERIODS
    ):
        start = subscription.next_on
        if _is_over(subscription, start):
            context = WriteContext.for_actor(actor)
            last = min(subscription.ends_on or start, start - timedelta(days=1))
            values = {"state": SubscriptionState.ENDED, "next_on": None, "monthly_amount": ZERO, "ends_on": last}
            change_state(context, SUBSCRIPTION, subscription, values)
            break
        made.append(_charge(actor, subscription, start))
    return made


def _is_over(subscription: Subscription, start: date) -> bool:
    has_run = Renewal.objects.filter(subscription=subscription).exists()
    return bool(subscription.ends_on and start > subscription.ends_on) or (has_run and not subscription.is_renewed)


def _charge(actor: Actor, subscription: Subscription, start: date) -> Order:
    """Make the order of one period, less what a smaller quantity or price before has left as credit."""
    anchor = (subscription.starts_on or start).day
    end = period_end(start, subscription.period, anchor=anchor)
    amount = price_of(subscription)
    if subscription.ends_on and subscription.ends_on < end:
        whole = (end - start).days + 1
        end = subscription.ends_on
        amount = rounded(amount * ((end - start).days + 1) / whole, places_of(subscription.currency))
    credit = min(subscription.credit, amount)
    renewal = Renewal(
        organization_id=subscription.organization_id, subscription=subscription, starts_on=start, ends_on=end,
        amount=amount - credit,
    )  # fmt: skip
    try:
        with transaction.atomic():
            renewal.save()
    except IntegrityError:
        raise Conflict("renewed", _("Somebody renewed this subscription just now.")) from None
    order = _order(actor, subscription, _Charge(amount - credit, start, end))
    Renewal.objects.filter(pk=renewal.pk).update(order=order)
    following = later(start, MONTHS[subscription.period], anchor=anchor)
    values = {"next_on": following, "credit": subscription.credit - credit}
    change_state(WriteContext.for_actor(actor), SUBSCRIPTION, subscription, values)
    return order


def price_of(subscription: Subscription) -> Decimal:
    """Return what a whole period costs."""
    return rounded(subscription.quantity * (subscription.unit_price or ZERO), places_of(subscription.currency))


@dataclass(frozen=True)
class _Charge:
    """What is charged for which days; ``text`` says why when it is not a whole period."""

    amount: Decimal
    start: date
    end: date
    text: str = ""


def _order(actor: Actor, subscription: Subscription, charge: _Charge) -> Order:
    amount, day, text = charge.amount, charge.start, charge.text
    span = f"{written_day(charge.start, actor.language)} – {written_day(charge.end, actor.language)}"
    name = f"{text or subscription.name} {span}"[:200]
    values: dict[str, Any] = {
        "customer": subscription.customer_id, "name": name, "ordered_on": day, "currency": subscription.currency,
        "owner": subscription.owner_id,
    }  # fmt: skip
    if subscription.contact_id:
        values["contact"] = subscription.contact_id
    line: dict[str, Any] = {"name": name}
    if subscription.product_id:
        line["product"] = subscription.product_id
    if amount == price_of(subscription) and not text:
        line |= {"quantity": subscription.quantity, "unit_price": subscription.unit_price}
    else:
        line |= {"quantity": 1, "unit_price": amount}
    made = place_order(actor, {name: value for name, value in values.items() if value is not None}, [line])
    return Order.objects.get(pk=made.pk)


def change_proration(
    actor: Actor, subscription: Subscription, quantity: Decimal, unit_price: Decimal, on: date
) -> Proration | None:
    """Return what a change on a day costs for the rest of the period that is paid for; None outside of any."""
    renewal = Renewal.objects.filter(subscription=subscription, starts_on__lte=on, ends_on__gte=on).first()
    if renewal is None:
        return None
    places = places_of(subscription.currency)
    new = rounded(quantity * unit_price, places)
    return prorate(price_of(subscription), new, start=renewal.starts_on, end=renewal.ends_on, on=on, places=places)


@transaction.atomic
def change_subscription(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    quantity: Decimal,
    unit_price: Decimal,
    on: date | None = None,
    is_prorated: bool = True,
) -> tuple[Subscription, Order | None]:
    """Give a running subscription another quantity or price; return it and the order for what is to be paid more.

    What becomes cheaper for the rest of the period is kept as credit and lowers the next charge. Raises ``Conflict``
    when it does not run, ``Invalid`` for numbers that make no sense.
    """
    subscription = _lock(actor, subscription_id)
    if subscription.state != SubscriptionState.ACTIVE:
        raise Conflict("not_running", _("Only a running subscription can be changed. Resume it first."))
    day = on or today(actor.time_zone)
    cost = change_proration(actor, subscription, quantity, unit_price, day) if is_prorated else None
    spec = spec_for(actor.organization, SUBSCRIPTION)
    door.update(actor, spec, subscription.pk, {"quantity": quantity, "unit_price": unit_price})
    subscription.refresh_from_db()
    order = None
    if cost is not None and cost.amount > 0:
        renewal = Renewal.objects.filter(subscription=subscription, starts_on__lte=day, ends_on__gte=day).first()
        end = renewal.ends_on if renewal else day
        text = _("%(name)s: change") % {"name": subscription.name}
        order = _order(actor, subscription, _Charge(cost.amount, day, end, text))
    elif cost is not None and cost.amount < 0:
        values = {"credit": subscription.credit - cost.amount}
        change_state(WriteContext.for_actor(actor), SUBSCRIPTION, subscription, values)
    return subscription, order


@transaction.atomic
def pause_subscription(actor: Actor, subscription_id: uuid.UUID) -> Subscription:
    """Let a subscription rest: no order is made until it is resumed."""
    subscription = _lock(actor, subscription_id)
    _require(subscription, SubscriptionState.ACTIVE)
    values = {"state": SubscriptionState.PAUSED, "monthly_amount": ZERO}
    change_state(WriteContext.for_actor(actor), SUBSCRIPTION, subscription, values)
    return subscription


@transaction.atomic
def resume_subscription(actor: Actor, subscription_id: uuid.UUID, *, day: date | None = None) -> Subscription:
    """Let a paused subscription go on; the next period begins today, or when the paid one has ended."""
    subscription = _lock(actor, subscription_id)
    _require(subscription, SubscriptionState.PAUSED)
    begin = max(subscription.next_on or date.min, day or today(actor.time_zone))
    values = {
        "state": SubscriptionState.ACTIVE, "next_on": begin, "monthly_amount": _monthly(subscription),
    }  # fmt: skip
    change_state(WriteContext.for_actor(actor), SUBSCRIPTION, subscription, values)
    return subscription


@transaction.atomic
def cancel_subscription(
    actor: Actor, subscription_id: uuid.UUID, *, reason: str, ends_on: date | None = None
) -> Subscription:
    """End a subscription: at the end of what is charged already, or on a later day; raise ``Invalid`` without a reason."""
    subscription = _lock(actor, subscription_id)
    _require(subscription, SubscriptionState.ACTIVE, SubscriptionState.PAUSED)
    if not reason.strip():
        raise Invalid([FieldError("reason", "required", _("Say why."))])
    day = today(actor.time_zone)
    paid = Renewal.objects.filter(subscription=subscription).order_by("-ends_on").values_list("ends_on", flat=True)
    end = ends_on or paid.first() or day
    if end < (subscription.starts_on or day):
        raise Invalid([FieldError("ends_on", "before_start", _("A subscription cannot end before it starts."))])
    values: dict[str, Any] = {"ends_on": end, "cancelled_on": day, "reason": reason.strip()[:500]}
    last = paid.first()
    if end <= day or last is None or end <= last:
        values |= {"state": SubscriptionState.CANCELLED, "next_on": None, "monthly_amount": ZERO}
    change_state(WriteContext.for_actor(actor), SUBSCRIPTION, subscription, values)
    return subscription


def _monthly(subscription: Subscription) -> Decimal:
    places = places_of(subscription.currency)
    return rounded(price_of(subscription) / MONTHS[subscription.period], places)


def _lock(actor: Actor, subscription_id: uuid.UUID) -> Subscription:
    found = door.lock(actor, spec_for(actor.organization, SUBSCRIPTION), [subscription_id], Action.EDIT)[0]
    assert isinstance(found, Subscription)  # noqa: S101 what the specification says
    return found


def _require(subscription: Subscription, *states: SubscriptionState) -> None:
    if subscription.state not in states:
        text = _("This subscription is “%(state)s”: that cannot be done with it now.")
        raise Conflict("wrong_state", text % {"state": subscription.get_state_display()})
