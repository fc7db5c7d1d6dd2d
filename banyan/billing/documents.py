"""Papers of billing: the invoice, and the statement of a customer's account."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from banyan.billing.models import Invoice, InvoiceLine
from banyan.billing.rules import later
from banyan.billing.services.ageing import Account, accounts_of, ageing
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.documents.public import (
    Column,
    DocumentKind,
    Paper,
    Party,
    Sum,
    Table,
    capitals_of,
    money_text,
    paper_day,
    price_text,
    priced_lines,
)
from banyan.money.public import places_of
from banyan.money.rules import rounded

Row = Mapping[str, Any]
MODULE = "billing"
#: Prices on invoices have at most so many places.
MOST_PLACES = 8


def invoice_paper(actor: Actor, row: Row) -> Paper:
    """Return an invoice or credit note as a paper; one that is not issued says so."""
    invoice = Invoice.objects.select_related("order", "credits", "customer").get(pk=row["id"])
    lines = shown_lines(invoice)
    amounts = {
        "currency": invoice.currency, "amount": invoice.amount, "net_amount": invoice.net_amount,
        "tax_amount": invoice.tax_amount, "prices_include_tax": False,
    }  # fmt: skip
    priced = priced_lines(lines, amounts)
    language = get_language() or actor.language
    facts = [
        (_("Kind of invoice"), str(invoice.get_kind_display())),
        (_("Invoice code"), invoice.official_code),
        (_("Issued on"), paper_day(invoice.issued_on, language)),
        (_("Order"), invoice.order.number if invoice.order else ""),
        (_("Takes back"), str(invoice.credits) if invoice.credits else ""),
        (_("Confirmation of the red-letter invoice"), invoice.red_form_number),
    ]
    stamp = "" if invoice.state == "issued" else str(invoice.get_state_display())
    return Paper(
        title=_("Credit note") if invoice.credits_id else _("Invoice"),
        number=invoice.official_number or invoice.number,
        facts=[(label, text) for label, text in facts if text],
        parties=(Party(_("Buyer"), invoice.title, _buyer_lines(invoice)),),
        tables=(priced.table,),
        sums=priced.sums,
        capitals=priced.capitals or capitals_of(invoice.amount, invoice.currency),
        notes=invoice.notes,
        values={"customer": invoice.customer.name},
        stamp=stamp,
        shows_bank=invoice.credits_id is None,
        shows_seal=True,
    )


def shown_lines(invoice: Invoice) -> list[dict[str, Any]]:
    """Return the lines of an invoice as papers and pages show them: without tax, at prices that multiply to the amounts."""
    rows = InvoiceLine.objects.filter(invoice=invoice, deleted_at__isnull=True).order_by("position", "id")
    places = places_of(invoice.currency)
    return [
        {
            "id": line.pk, "name": line.name, "product_id": line.product_id, "quantity": line.quantity, "unit": line.unit,
            "unit_price": _fitting_price(line, places), "discount_percent": None, "tax_rate": line.tax_rate,
            "amount": line.net_amount, "net_amount": line.net_amount, "tax_amount": line.tax_amount,
        }
        for line in rows
    ]  # fmt: skip


def _fitting_price(line: InvoiceLine, places: int) -> Decimal | None:
    """Return the price of one with as many places as it takes, so that quantity times price is the amount of the line.

    The price without tax is worked out backwards, and whoever checks an invoice multiplies.
    """
    price, quantity, net = line.unit_price, line.quantity, line.net_amount
    if not price or not quantity or net is None:
        return price
    for more in range(MOST_PLACES - places + 1):
        closer = price if more == 0 else rounded(net / quantity, places + more)
        if rounded(closer * quantity, places) == net:
            return closer
    return price


def _buyer_lines(invoice: Invoice) -> tuple[str, ...]:
    parts = (
        f"{_('Tax number')}: {invoice.tax_number}" if invoice.tax_number else "",
        " ".join(filter(None, (invoice.address, invoice.phone))),
        " ".join(filter(None, (invoice.bank, invoice.bank_account))),
    )
    return tuple(filter(None, parts))


def statement_paper(actor: Actor, row: Row) -> Paper:
    """Return the statement of a customer's account over the last twelve months, and what is open by age."""
    last = today(actor.time_zone)
    first = later(last, -12, anchor=last.day) + timedelta(days=1)
    language = get_language() or actor.language
    accounts = accounts_of(actor, row["id"], first, last)
    return Paper(
        title=_("Statement of account"),
        number=f"{row.get('number') or ''}-{last:%Y%m%d}".lstrip("-"),
        facts=(
            (_("From"), paper_day(first, language)),
            (_("To"), paper_day(last, language)),
        ),
        parties=(Party(_("Customer"), str(row.get("name") or "")),),
        tables=tuple(table for account in accounts for table in _tables(actor, row["id"], account, language)),
        sums=tuple(
            Sum(_("Balance"), money_text(account.balance, account.currency), is_total=True) for account in accounts
        ),
        values={"customer": str(row.get("name") or "")},
        signatures=(_("Confirmed by the customer (signature, seal and date)"),),
        shows_bank=True,
    )


def entry_names() -> dict[str, str]:
    """Return what entries of an account are called."""
    return {
        "order": _("Order"), "payment": _("Payment"), "refund": _("Refund"), "credit": _("Credit note"),
        "prepayment": _("Prepayment"),
    }  # fmt: skip


def band_names() -> tuple[str, ...]:
    """Return what the columns of ageing are called."""
    return (_("Not due"), _("1 to 30 days"), _("31 to 60 days"), _("61 to 90 days"), _("Over 90 days"))


def _tables(actor: Actor, customer_id: uuid.UUID, account: Account, language: str) -> list[Table]:
    names = entry_names()
    columns = (
        Column(_("Date")), Column(pgettext("account", "What"), is_wide=True), Column(_("Owed"), is_number=True),
        Column(pgettext("account", "Paid"), is_number=True), Column(_("Balance"), is_number=True),
    )  # fmt: skip
    rows: list[list[str]] = [["", _("Brought forward"), "", "", price_text(account.before, account.currency)]]
    rows += [
        [
            written_day(entry.day, language), f"{names[entry.text]} {entry.number}",
            price_text(entry.owed, account.currency) if entry.owed else "",
            price_text(entry.paid, account.currency) if entry.paid else "",
            price_text(entry.balance, account.currency),
        ]
        for entry in account.entries
    ]  # fmt: skip
    tables = [Table(columns, rows, title=account.currency)]
    aged_rows = ageing(actor, by="customer", day=today(actor.time_zone), chosen={"customer": str(customer_id)}).rows
    for aged in (row for row in aged_rows if row.currency == account.currency):
        labels = [Column(name, is_number=True) for name in band_names()]
        tables.append(
            Table(
                labels,
                [[price_text(amount, account.currency) if amount else "–" for amount in aged.amounts]],
                title=_("Open by age"),
            )
        )
    return tables


KINDS = (
    DocumentKind("invoice", gettext_lazy("Invoice"), "invoice", invoice_paper, module=MODULE,
                 size=lambda actor, row: InvoiceLine.objects.filter(invoice=row["id"]).count()),
    DocumentKind("account_statement", gettext_lazy("Statement of account"), "customer", statement_paper,
                 module=MODULE, language=lambda actor, row: str(row.get("language") or actor.organization.language)),
)  # fmt: skip
