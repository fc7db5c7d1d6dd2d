"""Parts of records' pages that load themselves again when something about them changes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named
from banyan.supply import panels

Render = Callable[[Actor, ObjectSpec, Mapping[str, Any]], Markup | None]


def _part(request: SignedInRequest, name: str, record_id: uuid.UUID, render: Render) -> HttpResponse:
    spec = spec_named(request, name)
    shown = render(request.actor, spec, fetch_row(request.actor, spec, record_id))
    return markup(shown) if shown else HttpResponse()


@signed_in("GET")
def order_state(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Answer with the state of an order's lines."""
    return _part(request, "order", order_id, panels.order_state)


@signed_in("GET")
def delivery_goods(request: SignedInRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Answer with what a delivery holds."""
    return _part(request, "delivery", delivery_id, panels.delivery_goods)


@signed_in("GET")
def purchase_state(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    """Answer with what has come of a purchase order."""
    return _part(request, "purchase_order", purchase_id, panels.purchase_state)


@signed_in("GET")
def product_stock(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Answer with how much there is of a product."""
    return _part(request, "product", product_id, panels.product_stock)
