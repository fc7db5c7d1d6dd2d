"""What is open and since when, with everything behind each figure; and the account of one customer."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.billing.documents import band_names, entry_names
from banyan.billing.panels import exact, may_record_bank, may_see_revenue
from banyan.billing.rules import later
from banyan.billing.services.ageing import GROUPS, Ageing, AgeingRow, OpenItem, accounts_of, ageing, open_items
from banyan.billing.services.deciding import require_customer
from banyan.billing.views.steps import require_module
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import NotAllowed
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import has_cents
from banyan.core.objects.modules import module_is_on
from banyan.core.web.answers import page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import Presenter
from banyan.core.web.views.base import signed_in, spec_named
from banyan.documents.public import MODULE as DOCUMENTS
from banyan.money.rules import ZERO
from banyan.portal.public import MODULE as LINKS

URL = "/receivables"
#: Writes an amount in its currency.
Writing = Callable[[Decimal, str], str]
MOST_ITEMS = 500
FAR = 9999


@signed_in("GET")
def receivables(request: SignedInRequest) -> HttpResponse:
    """Show what is open by age: by customer, owner or department, or every open sum behind one of those."""
    _require(request)
    by = request.GET.get("by", "")
    by = by if by in GROUPS else "customer"
    chosen = {name: request.GET.get(name, "") for name in GROUPS if name in request.GET}
    day = today(request.actor.time_zone)
    found = ageing(request.actor, by=by, day=day, chosen=chosen, limit=MOST_ITEMS)
    items = open_items(request.actor, chosen=chosen, limit=MOST_ITEMS + 1) if chosen else []
    tabs = [
        {"label": label, "url": f"{URL}?by={name}", "active": name == by and not chosen}
        for name, label in zip(GROUPS, (_("By customer"), _("By owner"), _("By department")), strict=True)
    ]
    tables = [_ageing_table(request, found, by)] if not chosen else [
        _ageing_table(request, found, by), _items_table(request, items),
    ]  # fmt: skip
    query = urlencode({"by": by, **chosen})
    shown = {
        "title": _("Receivables"),
        "subtitle": _("What customers still have to pay, and since when it is due."),
        "tabs": tabs,
        "tiles": _tiles(request, found),
        "tables": tables,
        "actions": _actions(request, f"{URL}/export?{query}" if found.rows else ""),
    }
    return page(request, "billing/figures.html", {"f": shown})


@signed_in("GET")
def export(request: SignedInRequest) -> HttpResponse:
    """Answer with every open sum as CSV; for those who may export orders, up to the most rows they may."""
    _require(request)
    spec = spec_named(request, "order")
    require(request.actor, spec, Action.EXPORT)
    chosen = {name: request.GET.get(name, "") for name in GROUPS if name in request.GET}
    items = open_items(request.actor, chosen=chosen)
    most = request.actor.most_export_rows
    if most and len(items) > most:
        text = _("One export of yours may hold %(most)s rows, and this one has %(count)s. Choose fewer.")
        raise NotAllowed("too_many_rows", text % {"most": most, "count": len(items)})
    day = today(request.actor.time_zone)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("Customer"), _("Order"), _("Instalment"), _("Owner"), pgettext("payment", "Due"), _("Days overdue"),
                     _("Promised payment date"), _("Currency"), _("Outstanding")])  # fmt: skip
    for item in items:
        due = item.due_on.isoformat() if item.due_on.year < FAR else ""
        row = [item.customer, item.order, item.name, item.owner, due, max(item.days(day), 0),
               item.promised_on or "", item.currency, item.amount]  # fmt: skip
        writer.writerow([_safe(cell) for cell in row])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="receivables-{day.isoformat()}.csv"'
    return response


def _safe(cell: Any) -> Any:
    """Keep spreadsheets from reading a name as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


@signed_in("GET")
def statement(request: SignedInRequest, customer_id: uuid.UUID) -> HttpResponse:
    """Show the account of a customer over the last twelve months."""
    _require(request)
    actor = request.actor
    customer = require_customer(actor, customer_id, Action.VIEW)
    last = today(actor.time_zone)
    first = later(last.replace(day=1), -12, anchor=1)
    names = entry_names()
    columns = [
        {"label": _("Date")}, {"label": pgettext("account", "What")}, {"label": _("Owed"), "is_number": True},
        {"label": pgettext("account", "Paid"), "is_number": True}, {"label": _("Balance"), "is_number": True},
    ]  # fmt: skip
    tables = []
    for account in accounts_of(actor, customer_id, first, last):
        written = _writing(
            actor, [account.before, *(sum_ for entry in account.entries for sum_ in (entry.owed, entry.paid))]
        )

        def money(amount: Decimal, currency: str = account.currency, written: Writing = written) -> dict[str, Any]:
            return {"text": written(amount, currency) if amount else "", "is_number": True}

        rows = [[{"text": written_day(first, actor.language)}, {"text": _("Brought forward")}, money(ZERO), money(ZERO),
                 {"text": written(account.before, account.currency), "is_number": True}]]  # fmt: skip
        rows += [
            [
                {"text": written_day(entry.day, actor.language)}, {"text": f"{names[entry.text]} {entry.number}"},
                money(entry.owed), money(entry.paid),
                {"text": written(entry.balance, account.currency), "is_number": True},
            ]
            for entry in account.entries
        ]  # fmt: skip
        tables.append({"name": account.currency.lower(), "title": account.currency, "columns": columns, "rows": rows})
    if not tables:
        tables = [{"name": "none", "title": _("Account"), "rows": [], "empty": _("Nothing was ordered or paid yet.")}]
    spec = spec_named(request, "customer")
    shown = {
        "title": _("Statement of account"),
        "subtitle": customer.name,
        "crumbs": [
            {"label": str(spec.label_plural), "url": f"/{spec.plural}"},
            {"label": customer.name, "url": f"/{spec.plural}/{customer_id}"},
        ],
        "actions": _statement_actions(request, customer_id),
        "tables": tables,
    }  # fmt: skip
    return page(request, "billing/figures.html", {"f": shown})


def _statement_actions(request: SignedInRequest, customer_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return how the statement leaves the house: as a paper, or as a link for the customer."""
    actor, found = request.actor, []
    if module_is_on(actor.organization, DOCUMENTS):
        found.append({"label": "PDF", "url": f"/documents/account_statement/{customer_id}", "icon": "file-type-pdf"})
    spec = spec_named(request, "customer")
    editable = restrict(live_rows(actor, spec), actor, spec, Action.EDIT).filter(pk=customer_id)
    if module_is_on(actor.organization, LINKS) and editable.exists():
        url = f"/portal/{spec.plural}/{customer_id}/links/statement/new"
        found.append({"label": _("Send to the customer"), "url": url, "icon": "send", "opens": "dialog"})
    return found


def _require(request: SignedInRequest) -> None:
    require_module(request)
    spec = spec_named(request, "order")
    require(request.actor, spec, Action.VIEW)
    if not Presenter(request.actor, spec).visible(["amount"]):
        raise NotAllowed("not_allowed", _("You may not see the amounts of orders."))


def _actions(request: SignedInRequest, export_url: str) -> list[dict[str, Any]]:
    """Return where one goes from here: what came in, what comes in again and again, and the figures as a file."""
    actions = []
    if may_record_bank(request.actor):
        actions.append({"label": _("Bank statement"), "url": "/billing/bank", "icon": "building-bank"})
    if may_see_revenue(request.actor):
        actions.append({"label": _("Recurring revenue"), "url": "/recurring-revenue", "icon": "refresh"})
    if export_url:
        actions.append({"label": _("Export"), "url": export_url, "icon": "download"})
    return actions


def _tiles(request: SignedInRequest, found: Ageing) -> list[dict[str, Any]]:
    tiles = []
    for row in found.totals:
        tiles.append({"label": _("Outstanding"), "value": exact(request.actor, row.total, row.currency)})
        tiles.append({"label": _("Overdue"), "value": exact(request.actor, row.overdue, row.currency)})
    return tiles


def _ageing_table(request: SignedInRequest, found: Ageing, by: str) -> dict[str, Any]:
    actor = request.actor
    heading = {"customer": _("Customer"), "owner": _("Owner"), "department": _("Department")}[by]
    columns = [{"label": heading}, *({"label": name, "is_number": True} for name in band_names()),
               {"label": _("Outstanding"), "is_number": True}]  # fmt: skip
    written = _writing(actor, (amount for row in (*found.rows, *found.totals) for amount in row.amounts))
    shown = []
    for row in found.rows:
        url = f"{URL}?{urlencode({'by': by, by: row.key})}"
        cells: list[dict[str, Any]] = [{"text": row.label or _("Without owner"), "url": url}]
        shown.append(cells + _aged(written, row))
    # What is not listed any more counts as well.
    sums = [[{"text": _("Total")}, *_aged(written, row)] for row in found.totals] if found.rows else []
    empty = _("Everything is paid. Confirmed orders appear here until they are.")
    note = (
        _("The %(most)s most overdue of %(count)s are shown.") % {"most": len(found.rows), "count": found.count}
        if found.is_cut else ""
    )  # fmt: skip
    return {"name": "ageing", "title": _("By age"), "columns": columns, "rows": shown, "sums": sums,
            "empty": empty, "note": note}  # fmt: skip


def _writing(actor: Actor, amounts: Iterable[Decimal]) -> Writing:
    """Return how to write the amounts of one table: all with decimals when one is not whole, so that they align."""
    return partial(exact, actor, with_cents=has_cents(amounts))


def _aged(written: Writing, row: AgeingRow) -> list[dict[str, Any]]:
    """Return what is open in each column of age, and together."""
    amounts = [written(amount, row.currency) if amount else "–" for amount in row.amounts]
    return [{"text": text, "is_number": True} for text in (*amounts, written(row.total, row.currency))]


def _items_table(request: SignedInRequest, items: list[OpenItem]) -> dict[str, Any]:
    actor, day = request.actor, today(request.actor.time_zone)
    columns = [{"label": _("Order")}, {"label": _("Customer")}, {"label": _("Instalment")}, {"label": pgettext("payment", "Due")},
               {"label": _("Days overdue"), "is_number": True}, {"label": _("Outstanding"), "is_number": True}]  # fmt: skip
    written = _writing(actor, (item.amount for item in items[:MOST_ITEMS]))
    rows = []
    for item in items[:MOST_ITEMS]:
        promised = (
            _("promised for %(day)s") % {"day": written_day(item.promised_on, actor.language)}
            if item.promised_on
            else ""
        )
        plan = {"text": item.name, "url": f"/payment-plans/{item.plan_id}" if item.plan_id else "", "opens": "panel"}
        rows.append([
            {"text": item.order, "url": f"/orders/{item.order_id}", "opens": "panel"}, {"text": item.customer}, plan,
            {"text": written_day(item.due_on, actor.language) if item.due_on.year < FAR else "–", "hint": promised},
            {"text": str(max(item.days(day), 0)), "is_number": True},
            {"text": written(item.amount, item.currency), "is_number": True},
        ])  # fmt: skip
    note = (
        _("The first %(most)s are shown; the export has all.") % {"most": MOST_ITEMS} if len(items) > MOST_ITEMS else ""
    )
    return {"name": "items", "title": _("Open sums"), "columns": columns, "rows": rows, "note": note}
