"""Lots: how much there is of each, and until when it keeps."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in
from banyan.products.public import Product
from banyan.supply.forms import made_form
from banyan.supply.permissions import require_sight, require_stock_work
from banyan.supply.rules import plain
from banyan.supply.services.lots import Expiry, expires_of, lots_in_stock, set_expiries
from banyan.supply.views.frame import LOTS, stock_page
from banyan.supply.views.overview import without_places

URL = "/stock/lots"


@signed_in("GET")
def lots(request: SignedInRequest) -> HttpResponse:
    """Show the lots in stock, those that expire first before others."""
    require_sight(request.actor)
    text, product_id = request.GET.get("q", "").strip()[:60], parse_id(request.GET.get("product", ""))
    day = today(request.actor.time_zone)
    rows = [
        {
            "lot": lot.lot, "product": lot.product, "product_url": f"/products/{lot.product_id}",
            "on_hand": plain(lot.on_hand), "unit": lot.unit,
            "expires": written_day(lot.expires_on, request.actor.language) if lot.expires_on else "",
            "is_expired": lot.is_expired(day), "is_soon": lot.is_soon(day),
            "edit_url": f"{URL}/expiry?{urlencode({'product': lot.product_id, 'lot': lot.lot})}",
        }
        for lot in lots_in_stock(text=text, product_id=product_id)
    ]  # fmt: skip
    return stock_page(request, LOTS, "supply/lots.html", {"query": text, "rows": rows})


@signed_in("GET", "POST")
def expiry(request: SignedInRequest) -> HttpResponse:
    """Ask until when a lot keeps."""
    require_stock_work(request.actor)
    product_id, lot = parse_id(request.GET.get("product", "")), request.GET.get("lot", "").strip()[:60]
    product = Product.objects.filter(pk=product_id, deleted_at__isnull=True).first() if product_id else None
    if product is None or not lot:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    fields: dict[str, forms.Field] = {
        "expires_on": forms.DateField(
            label=_("Keeps until"), required=False, initial=expires_of(product.pk, lot),
            help_text=_("The lot that expires first is taken first. Leave it empty if the lot does not expire."),
        )
    }  # fmt: skip
    form = made_form(request.POST or None, fields)
    if request.method == "POST" and form.is_valid():
        try:
            set_expiries(request.actor, [Expiry(product.pk, lot, form.cleaned_data["expires_on"])])
        except DomainError as problem:
            add_problem(form, without_places(problem))
        else:
            return done(request, _("Saved."), next_url=URL, changed=("stock",), close_dialog=True, visit={"url": URL})
    named = {"product": product.name, "lot": lot}
    return form_answer(request, form, title=_("%(product)s, lot %(lot)s") % named, cancel_url=URL)
