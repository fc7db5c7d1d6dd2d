"""Bank statements: taken in, matched with customers, recorded as receipts."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.billing.choices import BankState
from banyan.billing.forms import LineForm, StatementForm
from banyan.billing.models import BankLine
from banyan.billing.panels import exact
from banyan.billing.queries import open_orders
from banyan.billing.services.allocating import propose_for
from banyan.billing.services.banking import ignore_line, matches_of, read_statement, record_line
from banyan.billing.views.steps import form_step, posted, require_module, step_done
from banyan.core.access.decisions import require, restrict
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.web.answers import page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named

URL = "/billing/bank"
SHOWN = 100
MOST_BYTES = 2_000_000


def _require(request: SignedInRequest) -> None:
    require_module(request)
    require(request.actor, spec_named(request, "payment"), Action.CREATE)
    require_ability(request.actor, Ability.KEEP_ACCOUNTS)


@signed_in("GET")
def lines(request: SignedInRequest) -> HttpResponse:
    """Show the open lines, each with whose money it seems to be."""
    _require(request)
    actor = request.actor
    rows = list(BankLine.objects.filter(state=BankState.NEW)[:SHOWN])
    matches = matches_of(actor, rows)
    shown = []
    for row in rows:
        match = matches.get(row.pk)
        hint = ""
        if match is not None:
            hint = ", ".join(match.orders) if match.orders else _("nothing open: a prepayment")
            hint = f"{hint} · {_('exactly this amount')}" if match.is_exact else hint
        shown.append({
            "day": written_day(row.booked_on, actor.language), "amount": exact(actor, row.amount, row.currency),
            "payer": row.payer_name, "text": " · ".join(filter(None, (row.text, row.reference))),
            "match": match.customer if match else "", "match_hint": hint,
            "quick_url": f"{URL}/{row.pk}/record-match" if match else "",
            "record_url": f"{URL}/{row.pk}/record", "ignore_url": f"{URL}/{row.pk}/ignore",
        })  # fmt: skip
    spec = spec_named(request, "payment")
    frame = {
        "title": _("Bank statement"),
        "subtitle": _("Money that came in, to be recorded as payments of customers."),
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}],
        "actions": [{"label": _("Take in a statement"), "url": f"{URL}/new", "icon": "upload", "opens": "dialog",
                     "primary": True}],
        "tables": [],
    }  # fmt: skip
    return page(request, "billing/bank.html", {"f": frame, "lines": shown})


@signed_in("GET", "POST")
def take_in(request: SignedInRequest) -> HttpResponse:
    """Take in the lines of a statement."""
    _require(request)
    form = StatementForm(posted(request), request.FILES or None, initial={"currency": request.actor.currency})

    def run(values: dict[str, Any]) -> tuple[str, str]:
        text = values["text"] or _decoded(values["file"])
        read = read_statement(request.actor, text, currency=values["currency"].upper())
        said = _("%(taken)s lines were taken in, %(known)s were there before, %(skipped)s brought nothing in.")
        return said % {"taken": read.taken, "known": read.known, "skipped": read.skipped}, URL

    return form_step(
        request, form, run, title=_("Take in a statement"), submit_label=_("Take in"),
        encoding="multipart/form-data",
    )  # fmt: skip


def _decoded(upload: Any) -> str:
    if upload is None:
        return ""
    if upload.size > MOST_BYTES:
        raise Invalid([FieldError("file", "too_large", _("This file is too large."))])
    content: bytes = upload.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid([FieldError("file", "unreadable", _("This is no table that can be read."))])


@signed_in("POST")
def record_match(request: SignedInRequest, line_id: uuid.UUID) -> HttpResponse:
    """Record a line as it was matched."""
    _require(request)
    row = _find(line_id)
    match = matches_of(request.actor, [row]).get(row.pk)
    if match is None:
        raise Missing("no_match", _("No customer of this name: choose one."))
    made = record_line(request.actor, row.pk, match.customer_id, match.targets)
    return step_done(request, _("Payment %(number)s is recorded.") % {"number": made.number}, URL)


@signed_in("GET", "POST")
def record(request: SignedInRequest, line_id: uuid.UUID) -> HttpResponse:
    """Record a line as money of a customer whom one chooses."""
    _require(request)
    actor, row = request.actor, _find(line_id)
    spec = spec_for(actor.organization, "customer")

    def names(values: list[str]) -> dict[str, str]:
        ids = [pk for value in values if (pk := parse_id(value)) is not None]
        seen = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=ids)
        return {str(pk): name for pk, name in seen.values_list("pk", "name")}

    match = matches_of(actor, [row]).get(row.pk)
    form = LineForm(posted(request), names=names, initial={"customer": str(match.customer_id) if match else ""})

    def run(values: dict[str, Any]) -> tuple[str, str]:
        customer_id = parse_id(values["customer"])
        if customer_id is None:
            raise Invalid([FieldError("customer", "required", _("Choose a customer."))])
        orders = spec_for(actor.organization, "order")
        seen = restrict(live_rows(actor, orders), actor, orders).filter(customer_id=customer_id)
        own = [order for order in open_orders(seen) if (order.currency or actor.currency) == row.currency]
        targets = propose_for(row.amount, own) if values["allocates"] else []
        made = record_line(actor, row.pk, customer_id, targets)
        return _("Payment %(number)s is recorded.") % {"number": made.number}, URL

    text = f"{exact(actor, row.amount, row.currency)} · {row.payer_name} · {row.text}"
    return form_step(
        request, form, run, title=_("Record payment"), text=text, submit_label=pgettext("payment", "Record")
    )


@signed_in("POST")
def ignore(request: SignedInRequest, line_id: uuid.UUID) -> HttpResponse:
    """Set a line aside."""
    _require(request)
    ignore_line(request.actor, line_id)
    return step_done(request, _("The line is set aside."), URL)


def _find(line_id: uuid.UUID) -> BankLine:
    found = BankLine.objects.filter(pk=line_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such line of a bank statement."))
    return found
