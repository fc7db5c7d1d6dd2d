"""What billing derives and refuses while subscriptions pass the one door for writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.billing.choices import SubscriptionState
from banyan.billing.preparation.payments import HUGE, check_currency
from banyan.billing.rules import monthly
from banyan.core.kernel.clock import today
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, Stored, locking
from banyan.money.rules import ZERO, rounded
from banyan.products.public import Product


def prepare_subscriptions(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Take price and name from the product, work out the monthly revenue, and refuse what makes no sense."""
    chosen = {draft.get("product") for draft in drafts if draft.get("product")}
    products = {product.pk: product for product in Product.objects.filter(pk__in=chosen)}
    for draft in drafts:
        product = products.get(draft.get("product"))
        if product is not None and not draft.get("name"):
            draft.set("name", product.name)
        if draft.get("unit_price") is None:
            draft.set("unit_price", (product.price if product is not None else None) or ZERO)
        if not draft.get("name"):
            draft.refuse("name", "required", _("Choose a product or describe what is subscribed to."))
        check_currency(draft, context)
        if draft.is_new:
            draft.set("starts_on", draft.get("starts_on") or today(context.actor.time_zone))
            draft.set("next_on", draft.get("starts_on"))
        elif draft.changes("starts_on"):
            draft.set("next_on", draft.get("starts_on"))
        _check_subscription(draft)


def charged_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[Any, Locks]:
    """Return what cannot change of subscriptions for which orders were made."""
    text = _("Orders were made for this subscription: start, period and currency stay. End it and begin a new one.")
    lock = locking(("starts_on", "period", "currency"), "charged", text)
    return {record.record_id: lock for record in records if record.before("next_on") != record.before("starts_on")}


def _check_subscription(draft: Draft) -> None:
    quantity, price = draft.get("quantity"), draft.get("unit_price")
    if price is None or price < 0 or price >= HUGE:
        draft.refuse("unit_price", "negative", _("Say what one unit costs for a period; nothing below zero."))
    if quantity is None or quantity <= 0:
        draft.refuse("quantity", "not_positive", _("The quantity must be above zero."))
    if draft.errors:
        return
    ends = draft.get("ends_on")
    if ends and draft.get("starts_on") and ends < draft.get("starts_on"):
        draft.refuse("ends_on", "before_start", _("A subscription cannot end before it starts."))
    is_on = draft.get("state") in {None, SubscriptionState.ACTIVE}
    amount = rounded(quantity * price)
    if amount >= HUGE:
        draft.refuse("unit_price", "too_large", _("This amount is too large."))
        return
    draft.set("monthly_amount", monthly(amount, draft.get("period")) if is_on else ZERO)
