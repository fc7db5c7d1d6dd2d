"""The paper of an order, and the order of a won opportunity."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Missing
from banyan.core.kernel.languages import written_day
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.query import Masked, fetch_row
from banyan.core.objects.kinds import Address
from banyan.core.objects.modules import specs_on
from banyan.core.records.drafts import WriteContext, reading_for
from banyan.core.web.answers import done, page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import presenter_for
from banyan.core.web.views.base import signed_in, spec_named
from banyan.orders.panels import WON
from banyan.orders.services.placing import order_from_opportunity
from banyan.products.public import line_table, lines_of

CUSTOMER_LINES = ("address", "phone", "tax_number")
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
        "customer": {"name": text.get("customer", ""), "lines": _customer_lines(request, row.get("customer"))},
        "contact": text.get("contact", ""),
        "notes": row.get("notes") or "",
        "url": presenter.url(order_id),
        "table": line_table(actor, row, lines_of("order", order_id)),
    }
    return page(request, "orders/print.html", {"order": order})


def _customer_lines(request: SignedInRequest, customer_id: uuid.UUID | None) -> list[str]:
    """Return address, phone and tax number of the customer, as far as the reader may see them."""
    spec = specs_on(request.actor.organization).get("customer")
    if customer_id is None or spec is None:
        return []
    shown = shown_fields(request.actor, spec)
    try:
        row = fetch_row(
            request.actor, spec, customer_id, columns=[name for name in CUSTOMER_LINES if name in shown] or ["number"]
        )
    except Missing:
        return []
    address = row.get("address")
    written = address if isinstance(address, Masked) else Address().display(address, reading_for(request.actor))
    return [str(line) for line in (written, row.get("phone"), row.get("tax_number")) if line]
