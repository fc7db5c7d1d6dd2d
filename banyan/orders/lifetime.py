"""What orders say of a customer in full: sums over the years, products bought, and signs of health."""

from __future__ import annotations

import uuid
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import Number
from banyan.core.objects.modules import specs_on
from banyan.core.records.drafts import reading_for
from banyan.core.web.amounts import amounts_text
from banyan.core.web.menu import may
from banyan.customers.public import Figure, HealthReason, buying_rhythm, trend_points
from banyan.orders.choices import CLOSED_STATUSES, ReturnStatus
from banyan.orders.queries import OrderHistory, order_history, products_bought

MOST_PRODUCTS = 5
NEEDED = {"customer", "amount", "ordered_on", "status"}


def figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return what a customer ordered in all, on average and last, and what it bought most of."""
    history = _history(actor, customer_id)
    if history is None:
        return []
    url = _orders_url(actor, customer_id)
    number = ngettext("%(count)d order", "%(count)d orders", history.number) % {"count": history.number}
    first, last = (written_day(day, actor.language) for day in (history.first_on, history.last_on))
    found = [
        Figure(_("Ordered in all"), _amount(actor, history, history.total), url,
               _("%(orders)s since %(day)s") % {"orders": number, "day": first}),
        Figure(_("Average order"), _amount(actor, history, history.average)),
        Figure(_("Last order"), last, f"{url}&sort=-ordered_on"),
    ]  # fmt: skip
    return [*found, *_products(actor, customer_id), *_returns(actor, customer_id)]


def health(actor: Actor, customer_id: uuid.UUID) -> list[HealthReason]:
    """Return what the rhythm of orders and their trend say of a customer's health."""
    history = _history(actor, customer_id)
    if history is None:
        return []
    url, reasons = _orders_url(actor, customer_id), []
    rhythm = buying_rhythm(history.first_on, history.last_on, history.number, today(actor.time_zone))
    if rhythm is not None:
        text = _("Orders usually come every %(usual)d days; the last one was %(silent)d days ago.")
        reasons.append(
            HealthReason(rhythm.points, text % {"usual": rhythm.usual_days, "silent": rhythm.silent_days}, url)
        )
    points = trend_points(history.year, history.year_before)
    if points:
        text = _("Ordered in the last 12 months: %(year)s, in the 12 before: %(before)s.")
        amounts = {
            "year": _amount(actor, history, history.year),
            "before": _amount(actor, history, history.year_before),
        }
        reasons.append(HealthReason(points, text % amounts, url))
    return reasons


def _history(actor: Actor, customer_id: uuid.UUID) -> OrderHistory | None:
    spec = specs_on(actor.organization)["order"]
    if not may(actor, spec, Action.VIEW) or not open_fields(actor, spec).keys() >= NEEDED:
        return None
    return order_history(actor, customer_id)


def _products(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    specs = specs_on(actor.organization)
    line = specs["order_line"]
    if not may(actor, line, Action.VIEW) or not open_fields(actor, line).keys() >= {"product", "quantity", "amount"}:
        return []
    number, reading = Number(), reading_for(actor)
    bought = [
        " ".join(filter(None, (row["product__name"], "×", number.display(row["quantity"], reading), row["unit"])))
        for row in products_bought(actor, customer_id, most=MOST_PRODUCTS)
    ]
    return [Figure(_("Bought most"), bought[0], "", ", ".join(bought[1:]))] if bought else []


def _returns(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    spec = specs_on(actor.organization).get("order_return")
    if (
        spec is None
        or not may(actor, spec, Action.VIEW)
        or not open_fields(actor, spec).keys() >= {"customer", "amount"}
    ):
        return []
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id)
    counted = rows.exclude(status=ReturnStatus.REFUSED).order_by().values("currency")
    found = list(counted.annotate(number=Count("*"), total=Sum("amount")))
    number = sum(row["number"] for row in found)
    if not number:
        return []
    sums = {row["currency"] or actor.currency: row["total"] for row in found}
    query = urlencode({"customer": customer_id, "display": "table"})
    return [Figure(_("Returned"), f"{number:,}", f"/{spec.plural}?{query}", amounts_text(actor, sums))]


def _amount(actor: Actor, history: OrderHistory, amount: Decimal) -> str:
    return amounts_text(actor, {history.currency: amount})


def _orders_url(actor: Actor, customer_id: uuid.UUID) -> str:
    statuses = ",".join(status.value for status in CLOSED_STATUSES)
    query = urlencode({"customer": customer_id, "status__in": statuses, "display": "table"})
    return f"/{specs_on(actor.organization)['order'].plural}?{query}"
