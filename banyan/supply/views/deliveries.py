"""From an order to its goods at the customer: plan, pick, ship, arrive, and come back."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in, spec_named
from banyan.supply.choices import OPEN_DELIVERIES
from banyan.supply.forms import (
    ArrivalForm,
    ShipForm,
    choice_field,
    codes_field,
    codes_in,
    line_ids,
    lots_in,
    made_form,
    quantity_field,
)
from banyan.supply.models import Delivery, DeliveryLine, DeliveryPick, StockedProduct
from banyan.supply.permissions import require_stock_work
from banyan.supply.queries import deliverables, lines_of_delivery, lying, warehouses
from banyan.supply.rules import plain
from banyan.supply.services.deliveries import (
    Pick,
    best_warehouse,
    cancel_delivery,
    confirm_arrival,
    pick_delivery,
    plan_delivery,
    proposed_picks,
    ship_delivery,
)
from banyan.supply.services.returns import Returned, lots_sent, returned_of, take_back

CHANGED = ("deliveries", "orders", "stock")
TO_STOCK, TO_HOLD = "stock", "hold"


def delivered(request: SignedInRequest, text: str, delivery_id: uuid.UUID, **events: Any) -> HttpResponse:
    """Answer to a step of a delivery that succeeded."""
    return done(request, text, next_url=f"/deliveries/{delivery_id}", changed=CHANGED, close_dialog=True, **events)


def seen(request: SignedInRequest, delivery_id: uuid.UUID) -> Delivery:
    """Return a delivery that the person may see."""
    fetch_row(request.actor, spec_named(request, "delivery"), delivery_id, columns=("version",))
    return Delivery.objects.get(pk=delivery_id)


@signed_in("GET", "POST")
def deliver(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Plan a delivery of an order: at once of all that can go, or asked for line by line with ``choose``."""
    require(request.actor, spec_named(request, "delivery"), Action.CREATE)
    fetch_row(request.actor, spec_named(request, "order"), order_id, columns=("version",))
    if "choose" not in request.GET:
        if request.method == "GET":
            return _choose(request, order_id)
        return _planned(request, plan_delivery(request.actor, order_id))
    return _choose(request, order_id)


def _planned(request: SignedInRequest, delivery: Delivery) -> HttpResponse:
    url = f"/deliveries/{delivery.pk}"
    text = _("Delivery %(number)s is planned.") % {"number": delivery.number}
    return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, visit={"url": url})


def _choose(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    lines = [line for line in deliverables(order_id) if line.left > 0]
    here = warehouses()
    first = best_warehouse(lines)
    fields: dict[str, forms.Field] = {}
    if len(here) > 1:
        choices = [(str(place.pk), place.name) for place in here]
        fields["warehouse"] = choice_field(_("Warehouse"), choices, initial=str(first))
    for line in lines:
        most = line.from_warehouse(first)
        help_text = _("%(most)s of %(left)s can go now") % {
            "most": plain(most) if most else "0",
            "left": plain(line.left),
        }
        fields[f"quantity_{line.key}"] = quantity_field(
            " ".join(filter(None, (line.name, f"({line.unit})" if line.unit else ""))),
            initial=most,
            help_text=help_text,
        )
    fields["planned_on"] = forms.DateField(
        label=_("Planned for"), required=False, initial=today(request.actor.time_zone)
    )
    form = made_form(request.POST or None, fields)
    if request.method == "POST" and form.is_valid():
        try:
            delivery = plan_delivery(
                request.actor,
                order_id,
                warehouse_id=parse_id(form.cleaned_data.get("warehouse") or "") or first,
                quantities=line_ids(form.cleaned_data, "quantity_"),
                values={"planned_on": form.cleaned_data["planned_on"]},
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _planned(request, delivery)
    return form_answer(
        request,
        form,
        title=_("What is delivered now?"),
        submit_label=_("Plan the delivery"),
        cancel_url=f"/orders/{order_id}",
    )


def _tracking(lines: list[DeliveryLine]) -> dict[uuid.UUID, str]:
    rows = StockedProduct.objects.filter(product__in={line.product_id for line in lines}, is_stocked=True)
    return dict(rows.values_list("product_id", "tracking"))


@signed_in("GET", "POST")
def pick(request: SignedInRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Show from where goods are taken, and ask for their lots and serial numbers."""
    require(request.actor, spec_named(request, "delivery"), Action.EDIT)
    delivery = seen(request, delivery_id)
    lines = lines_of_delivery(delivery_id)
    tracking = _tracking(lines)
    form = made_form(request.POST or None, _pick_fields(delivery, lines, tracking))
    if request.method == "POST" and form.is_valid():
        try:
            pick_delivery(request.actor, delivery_id, _picks(form.cleaned_data, delivery, lines, tracking))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return delivered(request, _("Delivery %(number)s is picked.") % {"number": delivery.number}, delivery_id)
    return form_answer(
        request, form, title=_("Pick %(number)s") % {"number": delivery.number}, submit_label=_("Everything is picked"),
        cancel_url=f"/deliveries/{delivery_id}",
    )  # fmt: skip


def _pick_fields(
    delivery: Delivery, lines: list[DeliveryLine], tracking: dict[uuid.UUID, str]
) -> dict[str, forms.Field]:
    stored = list(DeliveryPick.objects.filter(line__delivery=delivery.pk).select_related("place"))
    picks = [Pick(row.line_id, row.place_id, row.quantity, row.lot, row.serial) for row in stored]
    picks = picks or (proposed_picks(delivery) if delivery.status in OPEN_DELIVERIES else [])
    spots = (
        lying({line.product_id for line in lines if line.product_id}, delivery.warehouse_id)
        if delivery.warehouse_id
        else {}
    )
    places = {spot.place_id: spot.place for rows in spots.values() for spot in rows}
    fields: dict[str, forms.Field] = {}
    for line in lines:
        kind = tracking.get(line.product_id) if line.product_id else None
        label = f"{line.name} × {plain(line.quantity)} {line.unit}".strip()
        mine = [entry for entry in picks if entry.line_id == line.pk]
        if kind == "serial":
            there = [spot.serial for spot in spots.get(line.product_id, ())] if line.product_id else []
            hint = _("Scan or type one serial number in each line. In stock: %(some)s") % {"some": ", ".join(there[:8])}
            fields[f"serials_{line.pk}"] = codes_field(
                label, initial="\n".join(entry.serial for entry in mine), help_text=hint
            )
        elif kind == "lot":
            there = [f"{spot.lot} ({plain(spot.on_hand)})" for spot in spots.get(line.product_id, ())]  # type: ignore[arg-type]
            hint = _("One lot in each line, then a space and how much of it. In stock: %(some)s") % {
                "some": ", ".join(there[:8])
            }
            initial = "\n".join(f"{entry.lot} {plain(entry.quantity)}" for entry in mine)
            fields[f"lots_{line.pk}"] = codes_field(label, initial=initial, help_text=hint)
        else:
            where = ", ".join(f"{places.get(entry.place_id, '?')}: {plain(entry.quantity)}" for entry in mine)
            fields[f"seen_{line.pk}"] = forms.BooleanField(
                label=label, required=False, initial=delivery.status != OPEN_DELIVERIES[0],
                help_text=_("Take it from %(places)s") % {"places": where} if where else _("No stock is kept of it."),
            )  # fmt: skip
    return fields


def _picks(
    given: dict[str, Any], delivery: Delivery, lines: list[DeliveryLine], tracking: dict[uuid.UUID, str]
) -> list[Pick]:
    """Return what was filled in as picks; what has neither lot nor serial number is taken as proposed."""
    spots = (
        lying({line.product_id for line in lines if line.product_id}, delivery.warehouse_id)
        if delivery.warehouse_id
        else {}
    )
    found = [entry for entry in proposed_picks(delivery) if not entry.lot and not entry.serial]
    for line in lines:
        rows = spots.get(line.product_id, []) if line.product_id else []
        fallback = rows[0].place_id if rows else uuid.UUID(int=0)
        for code in codes_in(given.get(f"serials_{line.pk}") or ""):
            spot = next((spot for spot in rows if spot.serial == code), None)
            place_id, lot = (spot.place_id, spot.lot) if spot else (fallback, "")
            found.append(Pick(line.pk, place_id, Decimal(1), lot, code))
        if tracking.get(line.product_id) == "lot":  # type: ignore[arg-type]
            found += _lot_picks(line, given.get(f"lots_{line.pk}") or "", rows, fallback)
    return found


def _lot_picks(line: DeliveryLine, text: str, rows: list[Any], fallback: uuid.UUID) -> list[Pick]:
    try:
        lots = lots_in(text)
    except ValueError as error:
        message = _("“%(line)s” cannot be read: write a lot, a space and how much of it.") % {"line": str(error)}
        raise Invalid([FieldError(f"lots_{line.pk}", "unreadable", message)]) from error
    found = []
    for lot, quantity, _day in lots:
        left = quantity
        for spot in [spot for spot in rows if spot.lot == lot]:
            taken = min(left, spot.on_hand)
            if taken > 0:
                found.append(Pick(line.pk, spot.place_id, taken, lot))
                left -= taken
        if left:
            found.append(Pick(line.pk, fallback, left, lot))
    return found


@signed_in("GET", "POST")
def ship(request: SignedInRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Ask how a delivery travels, and let it leave."""
    require(request.actor, spec_named(request, "delivery"), Action.EDIT)
    delivery = seen(request, delivery_id)
    initial = {
        "carrier": delivery.carrier, "tracking_number": delivery.tracking_number,
        "shipped_on": today(request.actor.time_zone),
    }  # fmt: skip
    form = ShipForm(request.POST or None, initial=initial, country=request.actor.organization.country)
    if request.method == "POST" and form.is_valid():
        try:
            ship_delivery(request.actor, delivery_id, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return delivered(request, _("Delivery %(number)s has left.") % {"number": delivery.number}, delivery_id)
    return form_answer(
        request, form, title=_("Ship %(number)s") % {"number": delivery.number}, submit_label=_("It has left"),
        cancel_url=f"/deliveries/{delivery_id}",
    )  # fmt: skip


@signed_in("GET", "POST")
def arrived(request: SignedInRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Keep that a delivery has arrived."""
    require(request.actor, spec_named(request, "delivery"), Action.EDIT)
    delivery = seen(request, delivery_id)
    form = ArrivalForm(request.POST or None, initial={"delivered_on": today(request.actor.time_zone)})
    if request.method == "POST" and form.is_valid():
        try:
            confirm_arrival(
                request.actor,
                delivery_id,
                received_by=form.cleaned_data["received_by"],
                on=form.cleaned_data["delivered_on"],
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return delivered(request, _("Delivery %(number)s has arrived.") % {"number": delivery.number}, delivery_id)
    return form_answer(
        request, form, title=_("Has %(number)s arrived?") % {"number": delivery.number}, submit_label=_("It has arrived"),
        cancel_url=f"/deliveries/{delivery_id}",
    )  # fmt: skip


@signed_in("POST")
def cancel(request: SignedInRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Give up a delivery that has not left."""
    require(request.actor, spec_named(request, "delivery"), Action.EDIT)
    delivery = cancel_delivery(request.actor, delivery_id)
    text = _("Delivery %(number)s is cancelled; its goods stay reserved.") % {"number": delivery.number}
    return delivered(request, text, delivery_id)


@signed_in("GET", "POST")
def come_back(request: SignedInRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Ask what of a delivery comes back, and book it in."""
    require_stock_work(request.actor)
    delivery = seen(request, delivery_id)
    lines = lines_of_delivery(delivery_id)
    sent, before = lots_sent(delivery_id), returned_of(delivery_id)
    fields: dict[str, forms.Field] = {}
    for line in lines:
        left = line.quantity - before.get(line.pk, Decimal(0))
        codes = [entry.serial for entry in sent[line.pk] if entry.serial]
        if left <= 0 or not line.product_id:
            continue
        if codes:
            hint = _("Sent: %(codes)s") % {"codes": ", ".join(codes[:8])}
            fields[f"serials_{line.pk}"] = codes_field(line.name, help_text=hint)
        else:
            fields[f"quantity_{line.pk}"] = quantity_field(
                line.name, help_text=_("At most %(most)s") % {"most": plain(left)}
            )
    goes = [(TO_HOLD, _("Hold them back until they are checked")), (TO_STOCK, _("Back into stock, to be sold again"))]
    fields["goes_to"] = choice_field(_("What happens to them"), goes)
    fields["note"] = forms.CharField(label=_("Reason"), required=False, max_length=200)
    form = made_form(request.POST or None, fields)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        returned = [
            Returned(line_id, quantity, next((entry.lot for entry in sent[line_id]), ""))
            for line_id, quantity in line_ids(given, "quantity_").items()
        ]
        lots = {(entry.line_id, entry.serial): entry.lot for rows in sent.values() for entry in rows}
        for line_id, text in line_ids(given, "serials_").items():
            returned += [Returned(line_id, Decimal(1), lots.get((line_id, code), ""), code) for code in codes_in(text)]
        try:
            take_back(request.actor, delivery_id, returned, is_held=given["goes_to"] == TO_HOLD, note=given["note"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return delivered(request, _("The goods are back."), delivery_id)
    return form_answer(
        request, form, title=_("What comes back of %(number)s?") % {"number": delivery.number},
        submit_label=_("Book them in"), cancel_url=f"/deliveries/{delivery_id}",
    )  # fmt: skip
