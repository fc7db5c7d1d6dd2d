"""The paper of an order for the browser's printer, and the order of a won opportunity."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Missing
from banyan.core.kernel.languages import written_day
from banyan.core.listing.query import fetch_row
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import presenter_for
from banyan.core.web.views.base import signed_in, spec_named
from banyan.customers.public import party_lines
from banyan.orders.panels.around import WON
from banyan.orders.services.placing import order_from_opportunity
from banyan.products.public import line_table, lines_of

CHANGED = ("orders", "order-lines", "customers")


@signed_in("POST")
def from_opportunity(request: SignedInRequest, opportunity_id: uuid.UUID) -> HttpResponse:
    """Write the order of a won opportunity and lead to it."""
    spec = spec_named(request, "order")
    row = fetch_row(request.actor, spec_named(request, "opportunity"), opportunity_id)
    if row.get("outcome") != WON or not row.get("customer"):
        raise Missing("not_won", _("Only a won opportunity of a customer becomes an order."))
    context = WriteContext.for_actor(request.actor)
    order = order_from_opportunity(request.actor, row, context=context)
    url = f"/{spec.plural}/{order.pk}"
    text = _("Order %(number)s was written.") % {"number": order.number}
    return done(request, text, next_url=url, changed=CHANGED, undo_url=f"/undo/{context.batch_id}", visit={"url": url})


@signed_in("GET")
def print_page(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Show an order as it is printed."""
    actor, spec = request.actor, spec_named(request, "order")
    row = fetch_row(actor, spec, order_id)
    presenter = presenter_for(actor, spec, [row])
    text = {entry.name: presenter.text(entry, row) for entry in presenter.visible(spec.all_fields)}
    days = {
        name: written_day(row[name], actor.language) if row.get(name) else "" for name in ("ordered_on", "deliver_on")
    }
    order = {
        "title": presenter.title(row),
        "number": row.get("number"),
        "status": text.get("status", ""),
        **days,
        "seller": actor.organization.name,
        "owner": text.get("owner", ""),
        "customer": {"name": text.get("customer", ""), "lines": party_lines(actor, row.get("customer"))},
        "contact": text.get("contact", ""),
        "notes": row.get("notes") or "",
        "url": presenter.url(order_id),
        "table": line_table(actor, row, lines_of("order", order_id)),
    }
    return page(request, "orders/print.html", {"order": order})
