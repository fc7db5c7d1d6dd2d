"""Buying: what to order, requests, orders on their way, receipts, suppliers and what goes straight to customers."""

from __future__ import annotations

import uuid
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.tenancy.models import Organization
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import given_ids, signed_in, spec_named
from banyan.supply.choices import PurchaseStatus
from banyan.supply.forms import (
    ItemForm,
    RequestForm,
    ShipForm,
    SupplierForm,
    choice_field,
    codes_field,
    codes_in,
    customer_field,
    line_ids,
    lots_in,
    made_form,
    place_choices,
    quantity_field,
)
from banyan.supply.models import PurchaseOrder, PurchaseOrderLine, StockedProduct, Supplier, SupplierItem
from banyan.supply.permissions import require_buyer, require_stock_work
from banyan.supply.queries import deliverables, own_units_of, places_of, proposals, warehouses
from banyan.supply.reactions import follow_suppliers
from banyan.supply.rules import plain
from banyan.supply.services.direct import drop_ship, ship_direct
from banyan.supply.services.purchasing import (
    Received,
    Wanted,
    ask_for,
    decline_requests,
    give_up_rest,
    order_wanted,
    receive,
    set_status,
)
from banyan.supply.services.suppliers import drop_conditions, make_supplier, set_conditions, visible_customer
from banyan.supply.views.frame import TO_ORDER, stock_page

CHANGED = ("purchase-orders", "stock", "orders", "deliveries")
REASONS = {"minimum": "below", "backorder": "waiting", "request": "asked"}


def bought(request: SignedInRequest, text: str, purchase_id: uuid.UUID) -> HttpResponse:
    """Answer to a step of a purchase order that succeeded."""
    return done(request, text, next_url=f"/purchase-orders/{purchase_id}", changed=CHANGED, close_dialog=True)


def seen(request: SignedInRequest, purchase_id: uuid.UUID) -> PurchaseOrder:
    """Return a purchase order that the person may see."""
    fetch_row(request.actor, spec_named(request, "purchase_order"), purchase_id, columns=("version",))
    return PurchaseOrder.objects.get(pk=purchase_id)


@signed_in("GET", "POST")
def to_order(request: SignedInRequest) -> HttpResponse:
    """Show what ought to be ordered, and write purchase orders of what is chosen."""
    require_buyer(request.actor)
    rows = proposals()
    problems: list[str] = []
    if request.method == "POST":
        try:
            written = order_wanted(request.actor, _wanted(request))
        except DomainError as problem:
            problems = [str(problem.message)]
        else:
            numbers = ", ".join(str(order.number) for order in written)
            url = f"/purchase-orders/{written[0].pk}" if len(written) == 1 else "/purchase-orders"
            text = _("Written as drafts: %(numbers)s. Look at them and order.") % {"numbers": numbers}
            return done(request, text, next_url=url, changed=CHANGED, visit={"url": url})
    suppliers = list(
        Supplier.objects.filter(is_active=True).values_list("customer_id", "customer__name").order_by("customer__name")
    )
    context = {
        "rows": [
            {
                "key": f"{row.product_id}_{row.warehouse_id}",
                "product": row.product,
                "product_url": f"/products/{row.product_id}",
                "warehouse": row.warehouse,
                "quantity": plain(row.quantity),
                "unit": row.unit,
                "reasons": [reason_text(reason) for reason in row.reasons],
                "supplier": str(row.supplier_id or ""),
                "price": row.price,
                "requests": [str(pk) for pk in row.request_ids],
            }
            for row in rows
        ],
        "suppliers": [{"value": str(pk), "label": name} for pk, name in suppliers],
        "problems": problems,
    }
    return stock_page(request, TO_ORDER, "supply/to_order.html", context, status=422 if problems else 200)


def reason_text(reason: str) -> str:
    """Return why something ought to be ordered."""
    return {
        "minimum": _("below the minimum"),
        "backorder": _("orders wait for it"),
        "request": _("asked for"),
    }[reason]


def _wanted(request: SignedInRequest) -> list[Wanted]:
    found = []
    for key in request.POST.getlist("chosen"):
        product, _mark, warehouse = key.partition("_")
        supplier = parse_id(request.POST.get(f"supplier_{key}", ""))
        text = request.POST.get(f"quantity_{key}", "").strip().replace(",", "")
        try:
            quantity = Decimal(text)
        except ArithmeticError as error:
            message = _("“%(text)s” is no quantity.") % {"text": text[:40]}
            raise Invalid([FieldError("quantity", "bad_quantity", message)]) from error
        product_id, warehouse_id = parse_id(product), parse_id(warehouse)
        if supplier is None or product_id is None or warehouse_id is None:
            message = _("Choose a supplier for each product that you order.")
            raise Invalid([FieldError("supplier", "required", message)])
        found.append(Wanted(product_id, warehouse_id, supplier, quantity))
    return found


@signed_in("POST")
def decline(request: SignedInRequest) -> HttpResponse:
    """Decline requests."""
    decline_requests(request.actor, given_ids(request.POST.getlist("ids")))
    url = "/stock/to-order"
    return done(request, _("The request is declined."), next_url=url, visit={"url": url})


@signed_in("GET", "POST")
def new_request(request: SignedInRequest) -> HttpResponse:
    """Ask that something be bought."""
    require(request.actor, spec_named(request, "purchase_order"), Action.CREATE)
    here = warehouses()
    form = RequestForm(request.POST or None, initial={"product": request.GET.get("product", "")})
    field: Any = form.fields["warehouse"]
    field.choices = [(str(place.pk), place.name) for place in here]
    field.initial = str(here[0].pk) if here else ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            ask_for(
                request.actor, uuid.UUID(given["product"]), given["quantity"], warehouse_id=uuid.UUID(given["warehouse"]),
                wanted_on=given["wanted_on"], reason=given["reason"],
            )  # fmt: skip
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = _("Asked. Whoever buys sees it under “To order”.")
            return done(request, text, next_url="/stock", changed=CHANGED, close_dialog=True)
    return form_answer(
        request, form, title=_("What should be bought?"), submit_label=_("Ask for it"), cancel_url="/stock"
    )


@signed_in("POST")
def place(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    """Order: from now on the goods are on their way."""
    purchase = seen(request, purchase_id)
    set_status(request.actor, purchase_id, PurchaseStatus.ORDERED)
    return bought(request, _("%(number)s is ordered.") % {"number": purchase.number}, purchase_id)


@signed_in("POST")
def close(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    """Give up what has not come of a purchase order."""
    purchase = seen(request, purchase_id)
    give_up_rest(request.actor, purchase_id)
    return bought(request, _("%(number)s is closed.") % {"number": purchase.number}, purchase_id)


@signed_in("GET", "POST")
def receipt(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    """Ask what has come of a purchase order, and take it into stock."""
    require_stock_work(request.actor)
    purchase = seen(request, purchase_id)
    rows = PurchaseOrderLine.objects.filter(purchase_order=purchase_id, deleted_at__isnull=True, product__isnull=False)
    lines = list(rows.order_by("position", "id"))
    tracking = dict(
        StockedProduct.objects.filter(product__in={line.product_id for line in lines}).values_list(
            "product_id", "tracking"
        )
    )
    own_units = own_units_of(line.product_id for line in lines if line.product_id)
    places = places_of(purchase.warehouse_id) if purchase.warehouse_id else []
    fields: dict[str, forms.Field] = {}
    for line in lines:
        left = line.pieces_left
        label = _open_label(line, own_units.get(line.product_id, ""))  # type: ignore[arg-type]
        kind = tracking.get(line.product_id)  # type: ignore[arg-type]
        if kind == "serial":
            fields[f"serials_{line.pk}"] = codes_field(
                label, help_text=_("Scan or type one serial number in each line.")
            )
        elif kind == "lot":
            hint = _("One lot in each line, then how much of it, then until when it keeps: A-17 200 2027-03-31.")
            fields[f"lots_{line.pk}"] = codes_field(label, help_text=hint)
        else:
            fields[f"quantity_{line.pk}"] = quantity_field(label, initial=left)
    fields["place"] = choice_field(_("Put them at"), place_choices(places))
    fields["note"] = forms.CharField(label=_("Supplier's delivery note"), required=False, max_length=200)
    form = made_form(request.POST or None, fields)
    if request.method == "POST" and form.is_valid():
        try:
            receive(request.actor, purchase_id, _received(form.cleaned_data, lines), note=form.cleaned_data["note"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return bought(request, _("The goods are in stock."), purchase_id)
    return form_answer(
        request, form, title=_("What has come of %(number)s?") % {"number": purchase.number},
        submit_label=_("Take into stock"), cancel_url=f"/purchase-orders/{purchase_id}",
    )  # fmt: skip


def _open_label(line: PurchaseOrderLine, own_unit: str) -> str:
    """Return what of a line is still to come, in the unit in which it is counted, and what that is on the order."""
    left = f"{plain(line.pieces_left) if line.pieces_left else '0'} {own_unit or line.unit}".strip()
    if line.factor == 1:
        return f"{line.name} ({left} {pgettext('goods', 'open')})"
    each = _("one %(unit)s is %(pieces)s") % {
        "unit": line.unit, "pieces": f"{plain(line.factor)} {own_unit}".strip()
    }  # fmt: skip
    return f"{line.name} ({left} {pgettext('goods', 'open')}; {each})"


def _received(given: dict[str, Any], lines: list[PurchaseOrderLine]) -> list[Received]:
    place_id = uuid.UUID(given["place"])
    found = [Received(pk, quantity, place_id) for pk, quantity in line_ids(given, "quantity_").items()]
    for line in lines:
        codes = codes_in(given.get(f"serials_{line.pk}") or "")
        found += [Received(line.pk, Decimal(1), place_id, serial=code) for code in codes]
        try:
            lots = lots_in(given.get(f"lots_{line.pk}") or "")
        except ValueError as error:
            message = _("“%(line)s” cannot be read: write a lot, how much of it, and the day such as 2027-03-31.") % {
                "line": str(error)
            }
            raise Invalid([FieldError(f"lots_{line.pk}", "unreadable", message)]) from error
        found += [Received(line.pk, quantity, place_id, lot=lot, expires_on=day) for lot, quantity, day in lots]
    return found


@signed_in("GET", "POST")
def shipped_directly(request: SignedInRequest, purchase_id: uuid.UUID) -> HttpResponse:
    """Keep that the supplier has sent goods straight to the customer."""
    require(request.actor, spec_named(request, "purchase_order"), Action.EDIT)
    purchase = seen(request, purchase_id)
    form = ShipForm(
        request.POST or None,
        initial={"shipped_on": today(request.actor.time_zone)},
        country=request.actor.organization.country,
    )
    if request.method == "POST" and form.is_valid():
        try:
            ship_direct(request.actor, purchase_id, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return bought(request, _("The customer's delivery is on its way."), purchase_id)
    return form_answer(
        request, form, title=_("Has the supplier sent %(number)s?") % {"number": purchase.number},
        submit_label=_("It has left"), cancel_url=f"/purchase-orders/{purchase_id}",
    )  # fmt: skip


@signed_in("GET", "POST")
def from_supplier(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Order lines of an order from a supplier who sends them to the customer."""
    require_buyer(request.actor)
    fetch_row(request.actor, spec_named(request, "order"), order_id, columns=("version",))
    lines = [line for line in deliverables(order_id) if line.left > 0 and line.product_id]
    fields: dict[str, forms.Field] = {"supplier": customer_field(pgettext("purchasing", "Supplier"))}
    for line in lines:
        fields[f"quantity_{line.key}"] = quantity_field(
            line.name, initial=line.waiting, help_text=_("At most %(most)s") % {"most": plain(line.left)}
        )
    form = made_form(request.POST or None, fields)
    if request.method == "POST" and form.is_valid():
        try:
            purchase = drop_ship(
                request.actor,
                order_id,
                uuid.UUID(form.cleaned_data["supplier"]),
                line_ids(form.cleaned_data, "quantity_"),
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"/purchase-orders/{purchase.pk}"
            text = _("%(number)s is written as a draft.") % {"number": purchase.number}
            return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, visit={"url": url})
    return form_answer(
        request, form, title=_("Let a supplier send it to the customer"), submit_label=_("Write the purchase order"),
        cancel_url=f"/orders/{order_id}",
    )  # fmt: skip


@signed_in("GET", "POST")
def supplier(request: SignedInRequest, customer_id: uuid.UUID) -> HttpResponse:
    """Ask for the terms on which one buys from a customer record."""
    require_buyer(request.actor)
    customer = visible_customer(request.actor, customer_id)
    known = Supplier.objects.filter(customer=customer_id).first()
    names = tuple(SupplierForm.base_fields)
    initial = {name: getattr(known, name) for name in names} if known else {}
    form = SupplierForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        make_supplier(request.actor, customer_id, **form.cleaned_data)
        text = (
            _("%(name)s is a supplier.")
            if form.cleaned_data["is_active"]
            else _("Nothing is bought from %(name)s any more.")
        )
        return _back(request, text % {"name": customer.name}, customer_id)
    return form_answer(
        request, form, title=_("Buying from %(name)s") % {"name": customer.name}, cancel_url=f"/customers/{customer_id}"
    )


@signed_in("GET", "POST")
def conditions(request: SignedInRequest, customer_id: uuid.UUID) -> HttpResponse:
    """Ask at which conditions a supplier sells a product."""
    require_buyer(request.actor)
    customer = visible_customer(request.actor, customer_id)
    item_id = parse_id(request.GET.get("item", ""))
    known = SupplierItem.objects.filter(pk=item_id, supplier__customer=customer_id).first() if item_id else None
    initial: dict[str, Any] = {}
    if known is not None:
        initial = {name: getattr(known, name) for name in ItemForm.base_fields if name != "product"}
        initial |= {"product": str(known.product_id), "least": plain(known.least) if known.least else None}
        initial["multiple"] = plain(known.multiple) if known.multiple else None
    form = ItemForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        product_id = uuid.UUID(given.pop("product"))
        given |= {"least": given["least"] or Decimal(0), "multiple": given["multiple"] or Decimal(0)}
        try:
            set_conditions(request.actor, customer_id, product_id, **given)
            follow_suppliers(Organization.objects.get(pk=request.actor.organization_id), product_id)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _back(request, _("The conditions are saved."), customer_id)
    return form_answer(
        request,
        form,
        title=_("Conditions of %(name)s") % {"name": customer.name},
        cancel_url=f"/customers/{customer_id}",
    )


@signed_in("POST")
def drop_item(request: SignedInRequest, customer_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    """Forget the conditions of a product."""
    drop_conditions(request.actor, item_id)
    return _back(request, _("The conditions are gone."), customer_id)


def _back(request: SignedInRequest, text: str, customer_id: uuid.UUID) -> HttpResponse:
    url = f"/customers/{customer_id}"
    return done(request, text, next_url=url, changed=("customers", "suppliers"), close_dialog=True, visit={"url": url})


def coming(limit: int = 30) -> list[dict[str, Any]]:
    """Return purchase orders on their way, the soonest first, for the worker's page."""
    rows = (
        PurchaseOrder.objects.filter(
            status__in=(PurchaseStatus.ORDERED, PurchaseStatus.CONFIRMED), deleted_at__isnull=True, order__isnull=True
        )
        .select_related("supplier")
        .order_by("expected_on", "id")[:limit]
    )
    found = list(rows)
    counts: dict[uuid.UUID, int] = defaultdict(int)
    for purchase_id in PurchaseOrderLine.objects.filter(
        purchase_order__in=[row.pk for row in found], deleted_at__isnull=True
    ).values_list("purchase_order_id", flat=True):
        counts[purchase_id] += 1
    return [
        {
            "url": f"/purchase-orders/{row.pk}/receive", "title": row.supplier.name, "number": row.number,
            "day": row.confirmed_on or row.expected_on, "lines": counts[row.pk],
        }
        for row in found
    ]  # fmt: skip
