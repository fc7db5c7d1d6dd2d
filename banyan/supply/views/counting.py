"""Counting stock: begin, fill in place by place, post the differences."""

from __future__ import annotations

import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.web.answers import done, refused
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import told_instant
from banyan.core.web.views.base import signed_in
from banyan.supply.choices import CountStatus
from banyan.supply.forms import choice_field, line_ids, made_form, place_choices, product_field, quantity_field
from banyan.supply.models import StockCount, StockCountLine
from banyan.supply.permissions import require_stock_work
from banyan.supply.queries import places_of, warehouses
from banyan.supply.rules import plain
from banyan.supply.services.counting import Found, add_found, begin_count, drop_count, note_counts, post_count
from banyan.supply.views.frame import COUNTS, stock_page

SHOWN = 50
COLORS = {CountStatus.OPEN: "blue", CountStatus.POSTED: "green", CountStatus.DROPPED: "grey"}


@signed_in("GET")
def counts(request: SignedInRequest) -> HttpResponse:
    """List the counts, newest first."""
    require_stock_work(request.actor)
    rows = StockCount.objects.select_related("warehouse", "begun_by").order_by("-begun_at")[:SHOWN]
    context = {
        "rows": [
            {
                "url": f"/stock/counts/{row.pk}", "number": row.number, "warehouse": row.warehouse.name,
                "when": told_instant(row.begun_at), "who": row.begun_by.name if row.begun_by else "",
                "status": row.get_status_display(), "color": COLORS[CountStatus(row.status)],
            }
            for row in rows
        ]
    }  # fmt: skip
    return stock_page(request, COUNTS, "supply/counts.html", context)


@signed_in("GET", "POST")
def new_count(request: SignedInRequest) -> HttpResponse:
    """Ask what is counted, and begin."""
    require_stock_work(request.actor)
    here = warehouses()
    choices = [(str(place.pk), _("%(name)s, all places") % {"name": place.name}) for place in here]
    choices += [
        (f"{place.pk}:{value}", f"{place.name} · {label}")
        for place in here
        for value, label in place_choices(places_of(place.pk))
    ]
    form = made_form(request.POST or None, {"what": choice_field(_("What is counted"), choices)})
    if request.method == "POST" and form.is_valid():
        warehouse, _mark, place = form.cleaned_data["what"].partition(":")
        count = begin_count(request.actor, uuid.UUID(warehouse), place_id=parse_id(place))
        url = f"/stock/counts/{count.pk}"
        return done(request, _("Count what lies there."), next_url=url, close_dialog=True, visit={"url": url})
    return form_answer(
        request, form, title=_("Count stock"), submit_label=pgettext("stock count", "Begin"), cancel_url="/stock/counts"
    )


def found_count(request: SignedInRequest, count_id: uuid.UUID) -> StockCount:
    """Return a count; raise ``Missing``."""
    require_stock_work(request.actor)
    count = StockCount.objects.filter(pk=count_id).select_related("warehouse").first()
    if count is None:
        raise Missing("not_found", _("There is no such count."))
    return count


@signed_in("GET", "POST")
def count_page(request: SignedInRequest, count_id: uuid.UUID) -> HttpResponse:
    """Show what should lie where, keep what was counted, and post it."""
    count = found_count(request, count_id)
    if request.method == "POST":
        try:
            note_counts(request.actor, count_id, _counted(request))
            if "post" in request.POST:
                number = post_count(request.actor, count_id)
                text = _("Booked: %(number)s differences.") % {"number": number}
                return done(request, text, next_url="/stock/counts", changed=("stock",), visit={"url": "/stock/counts"})
        except DomainError as problem:
            return refused(_answer(request, count, problem=str(problem.message), status=422))
        return done(request, _("Kept. Go on, or post the count."), next_url=f"/stock/counts/{count_id}")
    return _answer(request, count)


def _answer(request: SignedInRequest, count: StockCount, *, problem: str = "", status: int = 200) -> HttpResponse:
    lines = (
        StockCountLine.objects.filter(count=count.pk)
        .select_related("product", "place")
        .order_by("place__position", "place__code", "product__name", "lot", "serial")
    )
    sent = line_ids(request.POST, "counted_") if request.method == "POST" else {}
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        counted = sent.get(line.pk, plain(line.counted) if line.counted else ("0" if line.counted is not None else ""))
        groups.setdefault(line.place.code, []).append(
            {
                "name": f"counted_{line.pk}", "product": line.product.name, "unit": line.product.unit,
                "codes": " ".join(filter(None, (line.lot, line.serial))), "counted": counted,
                "expected": plain(line.expected) if line.expected else "0",
                "is_off": line.counted is not None and line.counted != line.expected,
            }
        )  # fmt: skip
    context = {
        "count": {
            "number": count.number, "warehouse": count.warehouse.name, "url": f"/stock/counts/{count.pk}",
            "is_open": count.status == CountStatus.OPEN, "status": count.get_status_display(),
        },
        "groups": groups,
        "problem": problem,
    }  # fmt: skip
    return stock_page(request, COUNTS, "supply/count.html", context, status=status)


def _counted(request: SignedInRequest) -> dict[uuid.UUID, Decimal | None]:
    found: dict[uuid.UUID, Decimal | None] = {}
    for name, text in request.POST.items():
        pk = parse_id(name.removeprefix("counted_")) if name.startswith("counted_") else None
        if pk is None:
            continue
        try:
            found[pk] = Decimal(str(text).strip().replace(",", "")) if str(text).strip() else None
        except InvalidOperation as error:
            message = _("“%(text)s” is no quantity.") % {"text": str(text)[:40]}
            raise Invalid([FieldError(name, "bad_quantity", message)]) from error
    return found


@signed_in("GET", "POST")
def found_more(request: SignedInRequest, count_id: uuid.UUID) -> HttpResponse:
    """Ask what was found that the list does not hold."""
    count = found_count(request, count_id)
    fields: dict[str, forms.Field] = {
        "product": product_field(),
        "quantity": quantity_field(_("Quantity"), required=True),
        "place": choice_field(pgettext("place", "Place"), place_choices(places_of(count.warehouse_id))),
        "lot": forms.CharField(label=_("Lot"), required=False, max_length=60),
        "serial": forms.CharField(label=_("Serial number"), required=False, max_length=60),
    }
    form = made_form(request.POST or None, fields)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = Found(
                uuid.UUID(given["product"]),
                given["quantity"],
                parse_id(given["place"]),
                given["lot"].strip(),
                given["serial"].strip(),
            )
            add_found(request.actor, count_id, found)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"/stock/counts/{count_id}"
            return done(request, _("Added to the count."), next_url=url, close_dialog=True, visit={"url": url})
    return form_answer(request, form, title=_("Something else was found"), cancel_url=f"/stock/counts/{count_id}")


@signed_in("POST")
def drop(request: SignedInRequest, count_id: uuid.UUID) -> HttpResponse:
    """Give up a count."""
    drop_count(request.actor, count_id)
    url = "/stock/counts"
    return done(request, _("The count is dropped; nothing was booked."), next_url=url, visit={"url": url})
