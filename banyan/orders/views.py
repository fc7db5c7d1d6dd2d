"""Orders with their lines: the form, the lines of an existing order, the paper, and the order of a won opportunity."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Stale
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.filters import live_rows
from banyan.core.listing.labels import labels_of
from banyan.core.listing.query import Masked, fetch_row
from banyan.core.objects.kinds import Address
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import WriteContext, reading_for
from banyan.core.web.answers import done, markup, page, part, refused, wants_dialog
from banyan.core.web.forms import presets
from banyan.core.web.layouts.choosing import type_question
from banyan.core.web.layouts.new_records import NewForm, sent_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import Presenter, presenter_for
from banyan.core.web.views.base import signed_in, spec_named
from banyan.orders.forms import Line, edited, entered, plain, read_lines
from banyan.orders.panels import WON, line_table, order_lines
from banyan.orders.queries import lines_of
from banyan.orders.services import order_from_opportunity, place_order, replace_lines

CUSTOMER_LINES = ("address", "phone", "tax_number")
CHANGED = ("orders", "order-lines", "customers")


@signed_in("GET", "POST")
def new(request: SignedInRequest) -> HttpResponse:
    """Ask for an order, with or without lines, and write it."""
    spec = spec_named(request, "order")
    require(request.actor, spec, Action.CREATE)
    if request.method == "GET":
        defaults = {name: entry.default_value(request.actor) for name, entry in spec.writable_fields.items()}
        values = {**defaults, **presets(spec, request.GET)}
        return type_question(request, spec) or _new_form(request, spec, values, lines=[])
    sent = sent_values(request, spec)
    lines = read_lines(request.POST) or []
    given = {name: value for name, value in sent.items() if value not in ("", []) and not (name == "amount" and lines)}
    context = WriteContext.for_actor(request.actor)
    try:
        order = place_order(request.actor, given, lines, context=context)
    except Invalid as error:
        return refused(_new_form(request, spec, {**sent, **_currency(request)}, lines=lines, error=error))
    text = _("Order %(number)s was written.") % {"number": order.number}
    return done(
        request, text, next_url=f"/{spec.plural}/{order.pk}", changed=CHANGED, undo_url=f"/undo/{context.batch_id}",
        close_dialog=True,
    )  # fmt: skip


@signed_in("GET", "POST")
def edit_lines(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Ask for the lines of an order, and let it have exactly those."""
    spec = spec_named(request, "order")
    row = fetch_row(request.actor, spec, order_id)
    require(request.actor, spec, Action.EDIT)
    if request.method == "GET":
        return _lines_form(request, spec, row, edited(lines_of(order_id)))
    lines = read_lines(request.POST) or []
    version = request.POST.get("version", "")
    context = WriteContext.for_actor(request.actor)
    try:
        replace_lines(
            request.actor, order_id, lines, version=int(version) if version.isdecimal() else None, context=context
        )
    except (Invalid, Stale) as error:
        shown = entered(lines, _product_labels(request, lines), error.errors if isinstance(error, Invalid) else ())
        return refused(_lines_form(request, spec, row, shown, error=error))
    return done(
        request, _("The lines were saved."), next_url=f"/{spec.plural}/{order_id}", changed=CHANGED,
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@signed_in("GET")
def lines_part(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Answer with the lines of an order, after something about it has changed."""
    spec = spec_named(request, "order")
    shown = order_lines(request.actor, spec, fetch_row(request.actor, spec, order_id))
    return markup(shown) if shown else HttpResponse()


@signed_in("GET")
def product_facts(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Answer with what a line takes over from a product."""
    spec = spec_named(request, "product")
    row = fetch_row(request.actor, spec, product_id)
    price = row.get("price")
    return JsonResponse(
        {"name": row.get("name") or "", "price": None if price is None else plain(price), "unit": row.get("unit") or ""}
    )


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
        "table": line_table(actor, row, lines_of(order_id)),
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


def _new_form(
    request: SignedInRequest,
    spec: ObjectSpec,
    values: Mapping[str, Any],
    *,
    lines: Sequence[Line],
    error: Invalid | None = None,
) -> HttpResponse:
    """Show the form: as its layout says, else what every order has; then its lines, folded, and the rest folded."""
    own = [entry for entry in error.errors if not entry.field.startswith("lines.")] if error else []
    made = NewForm(request, spec, values, own)
    arranged = {"laid": made.laid(made.plan)} if made.plan else {"sections": _plain_sections(made, own)}
    shown = entered(lines, _product_labels(request, lines), error.errors if error else ())
    context = {
        "title": made.title,
        "action": f"/{spec.plural}/new",
        **arranged,
        "errors": made.form.summary(made.names),
        "submit_label": _("Create"),
        "hidden": made.hidden(),
        "cancel_url": f"/{spec.plural}",
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}],
    }
    currency = str(values.get("currency") or request.actor.currency)
    editor = {"lines": [*shown, {}], "currency": currency, "is_open": bool(lines) or not wants_dialog(request)}
    return _form(request, context, editor, is_wrong=error is not None)


def _plain_sections(made: NewForm, wrong: Sequence[FieldError]) -> list[dict[str, Any]]:
    """Return the product's own sections: what every order has, and the rest folded."""
    every = made.fields
    made.form.load_labels(every)
    names = [entry.field for entry in wrong if entry.field in every]
    first = list(dict.fromkeys(("customer", "amount", "ordered_on", "name", *names)))
    focus = next(iter(names), "") or next((name for name in first if not made.values.get(name)), "customer")
    main = made.form.inputs(first, focus=focus)
    rest = made.form.inputs(name for name in every if name not in first)
    made.names = [entry["name"] for entry in (*main, *rest)]
    return [{"title": "", "fields": main}, {"title": _("More fields"), "fields": rest, "collapsed": True}]


def _lines_form(
    request: SignedInRequest,
    spec: ObjectSpec,
    row: Mapping[str, Any],
    lines: Sequence[Line],
    *,
    error: Invalid | Stale | None = None,
) -> HttpResponse:
    url = f"/{spec.plural}/{row['id']}"
    name = Presenter(request.actor, spec).title(row)
    others: Iterable[Any] = error.errors if isinstance(error, Invalid) else [error] if error else []
    loose = [entry for entry in others if not str(getattr(entry, "field", "")).startswith("lines.")]
    context = {
        "title": _("Lines: %(name)s") % {"name": name},
        "action": f"{url}/lines",
        "sections": [],
        "errors": [{"field": "", "label": "", "message": str(entry.message)} for entry in loose],
        "hidden": [{"name": "version", "value": row["version"]}],
        "cancel_url": url,
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}, {"label": name, "url": url}],
        "only_lines": True,
    }
    editor = {"lines": [*lines, {}], "currency": str(row.get("currency") or request.actor.currency)}
    return _form(request, context, editor, is_wrong=error is not None)


def _form(
    request: SignedInRequest, context: Mapping[str, Any], editor: Mapping[str, Any], *, is_wrong: bool
) -> HttpResponse:
    status = 422 if is_wrong else 200
    if wants_dialog(request):
        return part(request, "orders/form_dialog.html", {"form": context, "lines": editor}, status=status)
    return page(request, "orders/form.html", {"form": context, "lines": editor}, status=status)


def _product_labels(request: SignedInRequest, lines: Sequence[Line]) -> Mapping[uuid.UUID, str]:
    spec = specs_on(request.actor.organization).get("product")
    chosen = {found for line in lines if (found := parse_id(line.get("product"))) is not None}
    if spec is None or not chosen:
        return {}
    seen = restrict(live_rows(request.actor, spec), request.actor, spec).filter(pk__in=chosen)
    return labels_of({"product": seen.values_list("pk", flat=True)}, actor=request.actor)


def _currency(request: SignedInRequest) -> dict[str, str]:
    return {"currency": request.POST["currency"]} if request.POST.get("currency") else {}
