"""What is done with a subscription, and the figures of recurring revenue."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.billing.choices import Movement
from banyan.billing.forms import CancelForm, ChangeForm
from banyan.billing.models import Subscription
from banyan.billing.panels import exact
from banyan.billing.services import subscribing
from banyan.billing.services.recurring import months_of
from banyan.billing.views.steps import form_step, posted, require_module, step_done
from banyan.core.kernel.clock import today
from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named

MONTHS = 12


def find(request: SignedInRequest, subscription_id: uuid.UUID) -> Subscription:
    """Return a subscription that the person may see; raise ``Missing``."""
    fetch_row(request.actor, spec_named(request, "subscription"), subscription_id)
    return Subscription.objects.get(pk=subscription_id)


@signed_in("GET", "POST")
def change(request: SignedInRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Give a running subscription another quantity or price."""
    found = find(request, subscription_id)
    initial = {"quantity": found.quantity.normalize(), "unit_price": found.unit_price}
    form = ChangeForm(posted(request), initial=initial)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        _found, order = subscribing.change_subscription(request.actor, found.pk, **values)
        text = (
            _("Changed; order %(number)s charges the rest of the period.") % {"number": order.number}
            if order
            else _("Changed.")
        )
        return text, f"/subscriptions/{found.pk}"

    return form_step(request, form, run, title=_("Change"), submit_label=_("Change"))


@signed_in("POST")
def pause(request: SignedInRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Let a subscription rest."""
    found = find(request, subscription_id)
    subscribing.pause_subscription(request.actor, found.pk)
    return step_done(request, _("Paused: no order is made until it is resumed."), f"/subscriptions/{found.pk}")


@signed_in("POST")
def resume(request: SignedInRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Let a paused subscription go on."""
    found = find(request, subscription_id)
    subscribing.resume_subscription(request.actor, found.pk)
    return step_done(request, _("Resumed."), f"/subscriptions/{found.pk}")


@signed_in("POST")
def renew(request: SignedInRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Make the orders of the periods that have begun, without waiting for the night."""
    found = find(request, subscription_id)
    made = subscribing.renew(request.actor, found.pk, today(request.actor.time_zone))
    text = _("%(count)s orders were made.") % {"count": len(made)}
    return step_done(request, text, f"/subscriptions/{found.pk}")


@signed_in("GET", "POST")
def cancel(request: SignedInRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """End a subscription."""
    found = find(request, subscription_id)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        subscribing.cancel_subscription(request.actor, found.pk, **values)
        return _("The subscription is cancelled."), f"/subscriptions/{found.pk}"

    form = CancelForm(posted(request))
    return form_step(
        request,
        form,
        run,
        title=pgettext("subscription", "Cancel"),
        submit_label=_("Cancel the subscription"),
        danger=True,
    )


@signed_in("GET")
def figures(request: SignedInRequest) -> HttpResponse:
    """Show recurring revenue month by month: what it began with, what came and went, what it ended with."""
    require_module(request)
    actor, spec = request.actor, spec_named(request, "subscription")
    tables, tiles = [], []
    names = dict(Movement.choices)
    columns: list[dict[str, Any]] = [{"label": _("Month"), "is_number": False}]
    columns += [
        {"label": str(label), "is_number": True}
        for label in (
            _("At the beginning"), names["new"], names["expansion"], names["contraction"], names["churn"],
            _("Closing"), _("A year of it"),
        )
    ]  # fmt: skip
    for currency, months in months_of(actor, today(actor.time_zone), MONTHS).items():
        last = months[-1]
        tiles.append({"label": _("Monthly recurring revenue"), "value": exact(actor, last.closing, currency)})
        tiles.append({"label": _("Yearly recurring revenue"), "value": exact(actor, last.closing * 12, currency)})
        rows = []
        for month in reversed(months):
            amounts = (month.opening, month.new, month.expansion, -month.contraction, -month.churn, month.closing,
                       month.closing * 12)  # fmt: skip
            cells: list[dict[str, Any]] = [{"text": f"{month.first:%Y-%m}"}]
            cells += [{"text": exact(actor, amount, currency), "is_number": True} for amount in amounts]
            rows.append(cells)
        tables.append({"name": currency.lower(), "title": currency, "columns": columns, "rows": rows})
    if not tables:
        empty = _("Add a subscription: what customers pay for month after month, or year after year.")
        tables = [{"name": "none", "title": _("Recurring revenue"), "rows": [], "empty": empty, "icon": "refresh"}]
    shown = {
        "title": _("Recurring revenue"),
        "subtitle": _("What running subscriptions bring a month; a yearly one counts with a twelfth."),
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}],
        "tiles": tiles,
        "tables": tables,
    }
    return page(request, "billing/figures.html", {"f": shown})
