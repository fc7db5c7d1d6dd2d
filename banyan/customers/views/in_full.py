"""The panel of a customer in full, which loads after the page."""

from __future__ import annotations

import uuid

from django.http import HttpResponse

from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named
from banyan.customers.panels import in_full


@signed_in("GET")
def panel(request: SignedInRequest, customer_id: uuid.UUID) -> HttpResponse:
    """Answer with the panel of a customer that the reader may see."""
    spec = spec_named(request, "customer")
    return markup(in_full.in_full(request.actor, fetch_row(request.actor, spec, customer_id)))
