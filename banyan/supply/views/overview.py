"""How much there is: the overview, the ledger, waiting orders, serial numbers, booking by hand, and the worker's page."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import F, Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import told_instant
from banyan.core.web.views.base import signed_in
from banyan.products.public import Product
from banyan.supply.choices import OPEN_DELIVERIES, CountStatus, MoveKind
from banyan.supply.engine.allocation import allocate_waiting
from banyan.supply.engine.locking import lock_products
from banyan.supply.engine.moves import Move
from banyan.supply.forms import KeepForm, choice_field, made_form, place_choices, product_field, quantity_field
from banyan.supply.models import (
    Delivery,
    Demand,
    Place,
    SerialNumber,
    StockCount,
    StockedProduct,
    StockLevel,
    StockMove,
)
from banyan.supply.permissions import buys, require_sight, require_stock_work
from banyan.supply.queries import incoming_by_pair, places_of, stock_rows, warehouses
from banyan.supply.rules import ZERO
from banyan.supply.services.lots import Expiry, set_expiries
from banyan.supply.services.stock import book, keep_stock, set_minimum
from banyan.supply.views.frame import BACKORDERS, LEDGER, OVERVIEW, SERIALS, WORK, stock_page
from banyan.supply.views.purchasing import coming

CHANGED = ("stock", "products", "orders")
SHOWN = 100
OUTSIDE = ""


def shown(quantity: Decimal) -> str:
    """Return a quantity as pages show it, with thousands apart."""
    return f"{quantity.normalize():,f}" if quantity else "0"


@signed_in("GET")
def overview(request: SignedInRequest) -> HttpResponse:
    """Show products by warehouse: on hand, reserved, available, on the way, minimum."""
    require_sight(request.actor)
    here = warehouses()
    text, place = request.GET.get("q", "").strip()[:80], parse_id(request.GET.get("warehouse", ""))
    only_short = request.GET.get("short") == "1"
    levels = stock_rows(text=text, warehouse_id=place, only_short=only_short)
    coming_in = incoming_by_pair({level.product_id for level in levels})
    rows = [
        {
            "product": level.product.name, "code": level.product.code, "url": f"/products/{level.product_id}",
            "unit": level.product.unit, "warehouse": level.warehouse.name,
            "on_hand": shown(level.on_hand), "reserved": shown(level.reserved),
            "free": shown(level.on_hand - level.reserved), "held": shown(level.held) if level.held else "",
            "coming": shown(coming_in.get((level.product_id, level.warehouse_id), ZERO)),
            "minimum": shown(level.minimum) if level.minimum else "",
            "is_short": level.on_hand - level.reserved < level.minimum,
            "moves_url": f"/stock/moves?product={level.product_id}",
        }
        for level in levels
    ]  # fmt: skip
    context = {
        "rows": rows,
        "warehouses": [{"value": str(entry.pk), "label": entry.name} for entry in here],
        "query": {"q": text, "warehouse": str(place or ""), "short": only_short},
        "is_filtered": bool(text or place or only_short),
        "has_warehouse": bool(here),
        "may_ask": buys(request.actor),
    }
    return stock_page(request, OVERVIEW, "supply/overview.html", context)


@signed_in("GET")
def ledger(request: SignedInRequest) -> HttpResponse:
    """Show the moves of goods, newest first."""
    require_sight(request.actor)
    rows = StockMove.objects.select_related("product", "from_place__warehouse", "to_place__warehouse", "moved_by")
    product_id = parse_id(request.GET.get("product", ""))
    product = Product.objects.filter(pk=product_id).first() if product_id else None
    if product is not None:
        rows = rows.filter(product=product.pk)
    before = parse_id(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: SHOWN + 1])
    query = f"product={product.pk}&" if product else ""
    context = {
        "product": product.name if product else "",
        "rows": [_move(row) for row in found[:SHOWN]],
        "next_url": f"/stock/moves?{query}before={found[SHOWN - 1].pk}" if len(found) > SHOWN else "",
    }
    return stock_page(request, LEDGER, "supply/ledger.html", context)


def _move(row: StockMove) -> dict[str, Any]:
    name, _mark, pk = row.document.partition(":")
    urls = {
        "delivery": f"/deliveries/{pk}",
        "purchase_order": f"/purchase-orders/{pk}",
        "stock_count": f"/stock/counts/{pk}",
    }
    return {
        "when": told_instant(row.at),
        "product": row.product.name,
        "product_url": f"/products/{row.product_id}",
        "kind": row.get_kind_display(),
        "quantity": shown(row.quantity),
        "from": place_text(row.from_place),
        "to": place_text(row.to_place),
        "codes": " ".join(filter(None, (row.lot, row.serial))),
        "note": row.note,
        "url": urls.get(name, ""),
        "who": row.moved_by.name if row.moved_by else _("The system"),
    }


def place_text(place: Place | None) -> str:
    """Return where a place is; an empty text for outside."""
    return f"{place.warehouse.name} · {place.code}" if place else ""


@signed_in("GET")
def backorders(request: SignedInRequest) -> HttpResponse:
    """Show which orders wait for goods, and until when they are promised."""
    require_sight(request.actor)
    rows = (
        Demand.objects.filter(quantity__gt=F("reserved") + F("delivered") + F("direct"))
        .select_related("product", "order__customer")
        .order_by("-is_urgent", F("wanted_on").asc(nulls_last=True), "asked_at", "id")[:SHOWN]
    )
    language = request.actor.language
    context = {
        "rows": [
            {
                "id": row.pk, "order": row.order.number, "order_url": f"/orders/{row.order_id}",
                "customer": row.order.customer.name, "product": row.product.name,
                "product_url": f"/products/{row.product_id}", "waiting": shown(row.waiting), "of": shown(row.quantity),
                "unit": row.product.unit, "wanted": written_day(row.wanted_on, language) if row.wanted_on else "",
                "promised": written_day(row.promised_on, language) if row.promised_on else "",
                "basis": row.get_basis_display(), "is_urgent": row.is_urgent,
                "is_late": bool(row.wanted_on and (row.promised_on is None or row.promised_on > row.wanted_on)),
            }
            for row in rows
        ]
    }  # fmt: skip
    return stock_page(request, BACKORDERS, "supply/backorders.html", context)


@signed_in("POST")
def make_urgent(request: SignedInRequest, need_id: uuid.UUID) -> HttpResponse:
    """Let an order come first, or in turn again, when goods arrive."""
    require_stock_work(request.actor)
    need = Demand.objects.filter(pk=need_id).first()
    if need is None:
        raise Missing("not_found", _("This order does not wait for goods any more."))
    lock_products(request.actor.organization_id, [need.product_id])
    Demand.objects.filter(pk=need_id).update(is_urgent=not need.is_urgent)
    allocate_waiting(request.actor.organization, [need.product_id])
    text = _("In turn again.") if need.is_urgent else _("This order comes first when goods arrive.")
    url = "/stock/backorders"
    return done(request, text, next_url=url, visit={"url": url})


@signed_in("GET")
def serials(request: SignedInRequest) -> HttpResponse:
    """Find a piece by its serial number: where it lies, to whom it went, until when it has warranty."""
    require_sight(request.actor)
    text = request.GET.get("q", "").strip()[:60]
    rows = SerialNumber.objects.select_related("product", "customer", "place__warehouse")
    if text:
        rows = rows.filter(Q(code__istartswith=text) | Q(product__name__icontains=text))
    language = request.actor.language
    context = {
        "query": text,
        "rows": [
            {
                "code": row.code, "product": row.product.name, "product_url": f"/products/{row.product_id}",
                "where": place_text(row.place) or (row.customer.name if row.customer else _("left")),
                "is_here": row.place_id is not None,
                "customer_url": f"/customers/{row.customer_id}" if row.customer_id and not row.place_id else "",
                "delivered": written_day(row.delivered_on, language) if row.delivered_on else "",
                "warranty": written_day(row.warranty_until, language) if row.warranty_until else "",
            }
            for row in rows.order_by("-pk")[:SHOWN]
        ],
    }  # fmt: skip
    return stock_page(request, SERIALS, "supply/serials.html", context)


@signed_in("GET")
def work(request: SignedInRequest) -> HttpResponse:
    """Show what is to be done in the warehouse, for a phone: pick and ship, receive, count."""
    require_stock_work(request.actor)
    language = request.actor.language
    rows = (
        Delivery.objects.filter(status__in=OPEN_DELIVERIES, deleted_at__isnull=True)
        .select_related("customer")
        .order_by("planned_on", "id")[:SHOWN]
    )
    context = {
        "deliveries": [
            {
                "url": f"/deliveries/{row.pk}/pick" if row.status == OPEN_DELIVERIES[0] else f"/deliveries/{row.pk}/ship",
                "title": row.customer.name if row.customer else row.number, "number": row.number,
                "status": row.get_status_display(), "is_picked": row.status != OPEN_DELIVERIES[0],
                "day": written_day(row.planned_on, language) if row.planned_on else "",
            }
            for row in rows
        ],
        "coming": [{**row, "day": written_day(row["day"], language) if row["day"] else ""} for row in coming()],
        "counts": [
            {"url": f"/stock/counts/{row.pk}", "number": row.number, "warehouse": row.warehouse.name}
            for row in StockCount.objects.filter(status=CountStatus.OPEN).select_related("warehouse")
        ],
    }  # fmt: skip
    return stock_page(request, WORK, "supply/work.html", context)


@signed_in("GET", "POST")
def new_move(request: SignedInRequest) -> HttpResponse:
    """Book goods by hand: between places, in from outside, or out."""
    require_stock_work(request.actor)
    here = warehouses()
    choices = [
        (value, f"{place.name} · {label}") for place in here for value, label in place_choices(places_of(place.pk))
    ]
    outside = (OUTSIDE, pgettext("goods", "Outside"))
    fields: dict[str, forms.Field] = {
        "product": product_field(),
        "quantity": quantity_field(_("Quantity"), required=True),
        "from_place": choice_field(pgettext("goods", "From"), [outside, *choices], required=False),
        "to_place": choice_field(
            pgettext("goods", "To"), [outside, *choices], required=False, initial=choices[0][0] if choices else ""
        ),
        "lot": forms.CharField(label=_("Lot"), required=False, max_length=60),
        "expires_on": forms.DateField(label=_("Keeps until"), required=False),
        "serial": forms.CharField(label=_("Serial number"), required=False, max_length=60),
        "note": forms.CharField(label=_("Reason"), required=False, max_length=200),
    }
    for name in ("from_place", "to_place"):
        fields[name].widget.attrs["empty_label"] = pgettext("goods", "Outside")
    initial = {"product": request.GET.get("product", "")}
    form = made_form(request.POST or None, fields, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        source, target = parse_id(given["from_place"]), parse_id(given["to_place"])
        kind = MoveKind.TRANSFER if source and target else MoveKind.ADJUSTMENT
        try:
            if source is None and target is None:
                message = _("Say where the goods come from or where they go.")
                raise Invalid([FieldError("to_place", "required", message)])
            book(
                request.actor,
                Move(
                    uuid.UUID(given["product"]), given["quantity"], kind, source, target, given["lot"].strip(),
                    given["serial"].strip(), note=given["note"],
                ),
            )  # fmt: skip
            if given["lot"] and given["expires_on"]:
                lot = Expiry(uuid.UUID(given["product"]), given["lot"].strip(), given["expires_on"])
                set_expiries(request.actor, [lot])
        except DomainError as problem:
            add_problem(form, without_places(problem))
        else:
            return done(request, _("The goods are booked."), next_url="/stock", changed=CHANGED, close_dialog=True,
                        visit={"url": "/stock"})  # fmt: skip
    return form_answer(
        request, form, title=_("Book goods"), submit_label=_("Book"), cancel_url="/stock",
        text=_("Between two places, from outside (a first stock, something found), or to outside (broken, used up)."),
    )  # fmt: skip


def without_places(problem: DomainError) -> DomainError:
    """Return a refusal of a single move with its fields as the form calls them."""
    if not isinstance(problem, Invalid):
        return problem
    return Invalid([FieldError(error.field.rpartition(".")[2], error.code, error.message) for error in problem.errors])


@signed_in("GET", "POST")
def keep(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Say how stock of a product is kept, and how much of it at least."""
    require_stock_work(request.actor)
    product = Product.objects.filter(pk=product_id, deleted_at__isnull=True).first()
    if product is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    here = warehouses()
    known = StockedProduct.objects.filter(product=product_id).first()
    levels = {row.warehouse_id: row for row in StockLevel.objects.filter(product=product_id)}
    fields: dict[str, forms.Field] = {}
    for place in here:
        level = levels.get(place.pk)
        fields[f"minimum_{place.pk}"] = quantity_field(
            _("Minimum in %(warehouse)s") % {"warehouse": place.name}, initial=level.minimum if level else None
        )
        fields[f"target_{place.pk}"] = quantity_field(_("Fill up to"), initial=level.target if level else None)
    initial = {
        "is_stocked": known.is_stocked if known else True, "tracking": known.tracking if known else "none",
        "warranty_months": known.warranty_months if known else None,
    }  # fmt: skip
    form = made_form(request.POST or None, fields, base=KeepForm, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            keep_stock(
                request.actor, product_id, tracking=given["tracking"], warranty_months=given["warranty_months"],
                is_stocked=given["is_stocked"],
            )  # fmt: skip
            for place in here:
                minimum, target = given[f"minimum_{place.pk}"] or ZERO, given[f"target_{place.pk}"] or ZERO
                if place.pk in levels or minimum or target:
                    set_minimum(request.actor, product_id, place.pk, minimum=minimum, target=target)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"/products/{product_id}"
            return done(request, _("Saved."), next_url=url, changed=CHANGED, close_dialog=True)
    return form_answer(
        request, form, title=_("Stock of %(product)s") % {"product": product.name}, cancel_url=f"/products/{product_id}"
    )
