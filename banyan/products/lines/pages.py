"""The form of a document with its lines, the lines of an existing one, and what a line takes over from a product."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import FieldError, Invalid, Stale
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.listing.labels import labels_of
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, markup, page, part, refused, wants_dialog
from banyan.core.web.forms import presets
from banyan.core.web.layouts.choosing import type_question
from banyan.core.web.layouts.new_records import NewForm, sent_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import Presenter
from banyan.core.web.views.base import signed_in, spec_named
from banyan.products.lines.declaring import LineDocument, line_documents
from banyan.products.lines.editing import Line, edited, entered, plain, read_lines
from banyan.products.lines.tables import lines_panel
from banyan.products.lines.writing import lines_of, replace_lines, write_document

#: Fields that a copy of a document does not take over.
NOT_COPIED = frozenset({"owner", "status"})


@signed_in("GET", "POST")
def new(request: SignedInRequest, name: str) -> HttpResponse:
    """Ask for a document, with or without lines, and write it."""
    spec, document = spec_named(request, name), line_documents[name]
    require(request.actor, spec, Action.CREATE)
    if request.method == "GET":
        defaults = {field: entry.default_value(request.actor) for field, entry in spec.writable_fields.items()}
        values = {**defaults, **presets(spec, request.GET)}
        return type_question(request, spec) or _new_form(request, spec, values, lines=[])
    sent = sent_values(request, spec)
    lines = read_lines(request.POST) or []
    given = {
        field: value for field, value in sent.items() if value not in ("", []) and not (field == "amount" and lines)
    }
    context = WriteContext.for_actor(request.actor)
    try:
        written = write_document(request.actor, name, given, lines, context=context)
    except Invalid as error:
        return refused(_new_form(request, spec, {**sent, **_currency(request)}, lines=lines, error=error))
    text = _("%(object)s %(number)s was written.") % {"object": spec.label, "number": written.number}
    return done(
        request, text, next_url=f"/{spec.plural}/{written.pk}", changed=_changed(request, document),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@signed_in("GET", "POST")
def edit_lines(request: SignedInRequest, name: str, document_id: uuid.UUID) -> HttpResponse:
    """Ask for the lines of a document, and let it have exactly those."""
    spec, document = spec_named(request, name), line_documents[name]
    row = fetch_row(request.actor, spec, document_id)
    require(request.actor, spec, Action.EDIT)
    if request.method == "GET":
        return _lines_form(request, spec, row, edited(lines_of(name, document_id)))
    lines = read_lines(request.POST) or []
    version = request.POST.get("version", "")
    context = WriteContext.for_actor(request.actor)
    try:
        waiting = replace_lines(
            request.actor,
            name,
            document_id,
            lines,
            version=int(version) if version.isdecimal() else None,
            context=context,
            reason=request.POST.get("reason", ""),
        )
    except (Invalid, Stale) as error:
        shown = entered(lines, _product_labels(request, lines), error.errors if isinstance(error, Invalid) else ())
        return refused(_lines_form(request, spec, row, shown, error=error))
    return done(
        request, waiting or _("The lines were saved."), next_url=f"/{spec.plural}/{document_id}",
        changed=_changed(request, document), undo_url="" if waiting else f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@signed_in("GET")
def copy(request: SignedInRequest, name: str, document_id: uuid.UUID) -> HttpResponse:
    """Ask for a new document that begins with the values and the lines of another one."""
    spec = spec_named(request, name)
    require(request.actor, spec, Action.CREATE)
    row = fetch_row(request.actor, spec, document_id)
    defaults = {field: entry.default_value(request.actor) for field, entry in spec.writable_fields.items()}
    values = {field: row[field] for field in spec.writable_fields if field in row and field not in NOT_COPIED}
    lines = [{**line, "id": ""} for line in edited(lines_of(name, document_id))]
    days = {field: value for field, value in defaults.items() if field == line_documents[name].day}
    return _new_form(request, spec, {**defaults, **values, **days}, lines=lines)


@signed_in("GET")
def lines_part(request: SignedInRequest, name: str, document_id: uuid.UUID) -> HttpResponse:
    """Answer with the lines of a document, after something about it has changed."""
    spec = spec_named(request, name)
    shown = lines_panel(request.actor, spec, fetch_row(request.actor, spec, document_id))
    return markup(shown) if shown else HttpResponse()


@signed_in("GET")
def product_facts(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Answer with what a line takes over from a product."""
    spec = spec_named(request, "product")
    row = fetch_row(request.actor, spec, product_id)
    price = row.get("price")
    return JsonResponse(
        {
            "name": row.get("name") or "",
            "price": None if price is None else plain(price),
            "unit": row.get("unit") or "",
            "tax_rate": None,
        }
    )


def _new_form(
    request: SignedInRequest,
    spec: ObjectSpec,
    values: Mapping[str, Any],
    *,
    lines: Sequence[Line],
    error: Invalid | None = None,
) -> HttpResponse:
    """Show the form: as its layout says, else what every document has; then its lines, folded, and the rest folded."""
    own = [entry for entry in error.errors if not entry.field.startswith("lines.")] if error else []
    made = NewForm(request, spec, values, own)
    arranged = (
        {"laid": made.laid(made.plan)}
        if made.plan
        else {"sections": _plain_sections(line_documents[spec.name], made, own)}
    )
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


def _plain_sections(document: LineDocument, made: NewForm, wrong: Sequence[FieldError]) -> list[dict[str, Any]]:
    """Return the product's own sections: what every document has, and the rest folded."""
    every = made.fields
    made.form.load_labels(every)
    names = [entry.field for entry in wrong if entry.field in every]
    first = [name for name in dict.fromkeys((*document.first, *names)) if name in made.fields]
    focus = next(iter(names), "") or next((name for name in first if not made.values.get(name)), first[0])
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
        "asks_why": asks_why(request.actor, row) if (asks_why := line_documents[spec.name].asks_why) else False,
        "reason": request.POST.get("reason", ""),
    }
    editor = {
        "lines": [*lines, {}],
        "currency": str(row.get("currency") or request.actor.currency),
        "without_tax": row.get("prices_include_tax") is False,
    }
    return _form(request, context, editor, is_wrong=error is not None)


def _form(
    request: SignedInRequest, context: Mapping[str, Any], editor: Mapping[str, Any], *, is_wrong: bool
) -> HttpResponse:
    status = 422 if is_wrong else 200
    if wants_dialog(request):
        return part(request, "products/document_dialog.html", {"form": context, "lines": editor}, status=status)
    return page(request, "products/document.html", {"form": context, "lines": editor}, status=status)


def _product_labels(request: SignedInRequest, lines: Sequence[Line]) -> Mapping[uuid.UUID, str]:
    spec = specs_on(request.actor.organization).get("product")
    chosen = {found for line in lines if (found := parse_id(line.get("product"))) is not None}
    if spec is None or not chosen:
        return {}
    seen = restrict(live_rows(request.actor, spec), request.actor, spec).filter(pk__in=chosen)
    return labels_of({"product": seen.values_list("pk", flat=True)}, actor=request.actor)


def _currency(request: SignedInRequest) -> dict[str, str]:
    return {"currency": request.POST["currency"]} if request.POST.get("currency") else {}


def _changed(request: SignedInRequest, document: LineDocument) -> tuple[str, ...]:
    """Return the live lists that show the document or its lines."""
    pages = specs_on(request.actor.organization)
    return (pages[document.parent].plural, pages[document.line].plural, *document.changed)
