"""My day of those who work with goods: what leaves, what comes, what waits; whoever sells has other things to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.web.day import DayList
from banyan.supply.choices import COMING_PURCHASES, OPEN_DELIVERIES
from banyan.supply.permissions import buys, works_with_stock

TO_SEND = DayList(
    "deliveries-to-send",
    _("To pick and send"),
    "delivery",
    {"field": "status", "op": "in", "value": [str(status.value) for status in OPEN_DELIVERIES]},
    sort="planned_on",
    shows=("customer", "status"),
    meta="planned_on",
    empty=_("Nothing is to be sent. Deliveries that are planned for orders appear here."),
    live=("deliveries",),
    limit=8,
)
TO_COME = DayList(
    "purchases-to-come",
    _("Goods on their way"),
    "purchase_order",
    {"field": "status", "op": "in", "value": [str(status.value) for status in COMING_PURCHASES]},
    sort="expected_on",
    shows=("supplier", "status"),
    meta="expected_on",
    empty=_("Nothing is on its way. Purchase orders that were sent to suppliers appear here."),
    live=("purchase-orders",),
    limit=8,
)
TO_ORDER = DayList(
    "purchases-to-send",
    _("Purchase orders to send"),
    "purchase_order",
    {"field": "status", "op": "eq", "value": "draft"},
    sort="-created_at",
    shows=("supplier", "amount"),
    meta="created_at",
    live=("purchase-orders",),
)


def sells(actor: Actor) -> bool:
    """Say whether somebody works on deals: their day is about customers."""
    return actor.may("opportunity", Action.CREATE)


def to_send(actor: Actor) -> Markup | None:
    """Return the deliveries that the warehouse picks and sends next."""
    return TO_SEND.render(actor) if works_with_stock(actor) and not sells(actor) else None


def to_come(actor: Actor) -> Markup | None:
    """Return what is on its way, for those who order it and those who receive it."""
    return TO_COME.render(actor) if (buys(actor) or works_with_stock(actor)) and not sells(actor) else None


def to_order(actor: Actor) -> Markup | None:
    """Return the drafts of purchase orders, for those who order."""
    return TO_ORDER.render(actor) if buys(actor) and not sells(actor) else None
