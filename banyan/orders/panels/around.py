"""What the orders app shows on other pages: lines, what a customer ordered, the step from a won deal to its order."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.day import FirstStep
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import Presenter
from banyan.core.web.timeline_records import amount_told, records_around
from banyan.customers.public import Figure
from banyan.orders.choices import CLOSED_STATUSES, OrderStatus
from banyan.orders.queries import ordered_value, orders_from

ORDER = "order"
OFFER = "orders/offer.html"
#: The outcome of an opportunity that asks for an order.
WON = "won"


def customer_figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return what a customer has ordered; nothing without the right to see any order."""
    spec = spec_for(actor.organization, ORDER)
    if not may(actor, spec, Action.VIEW) or not Presenter(actor, spec).visible(["amount"]):
        return []
    value = ordered_value(actor, customer_id)
    if not value.count:
        return []
    statuses = ",".join(status.value for status in CLOSED_STATUSES)
    query = urlencode({"customer": customer_id, "status__in": statuses, "display": "table"})
    hint = ngettext("%(count)d order", "%(count)d orders", value.count) % {"count": value.count}
    if value.last_on:
        hint = _("%(orders)s, last on %(day)s") % {"orders": hint, "day": written_day(value.last_on, actor.language)}
    return [Figure(_("Ordered"), amounts_text(actor, value.sums), f"/{spec.plural}?{query}", hint)]


def order_offer(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the button that turns a won opportunity into an order, until there is one."""
    if row.get("outcome") != WON or not row.get("customer"):
        return None
    if not may(actor, spec_for(actor.organization, ORDER), Action.CREATE) or orders_from(actor, row["id"]):
        return None
    return macro(OFFER, "order_offer", f"/{spec.plural}/{row['id']}/order")


def load_orders(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the orders of a customer, contact or opportunity by the day of the order, newest first."""
    names = ("number", "name", "amount", "currency", "status", "owner__name")
    return records_around(question, ORDER, _order_told, names=names, day="ordered_on")


def _order_told(shown: Presenter, row: Mapping[str, Any]) -> dict[str, Any]:
    words = (
        _("wrote an order"), amount_told(shown, row), str(dict(OrderStatus.choices).get(row["status"], "")),
    )  # fmt: skip
    return {
        "icon": "shopping-cart",
        "color": "teal",
        "who": row["owner__name"] or _("The system"),
        "title": " · ".join(word for word in words if word),
        "links": [{"text": row["name"] or row["number"], "href": shown.url(row["pk"])}],
    }


def _has_any(actor: Actor) -> bool:
    spec = spec_for(actor.organization, ORDER)
    return restrict(live_rows(actor, spec), actor, spec).exists()


def may_create(actor: Actor) -> bool:
    """Say whether somebody may write orders."""
    return may(actor, spec_for(actor.organization, ORDER), Action.CREATE)


FIRST_STEP = FirstStep(
    "order",
    gettext_lazy("Write your first order"),
    gettext_lazy("Customer and amount; products if you like."),
    "/orders/new",
    "shopping-cart",
    is_done=_has_any,
    may=may_create,
    position=50,
    module="orders",
)
