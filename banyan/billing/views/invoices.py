"""What is done with an invoice: approve, refuse, issue, take back, cancel."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.billing.choices import OFFICIAL_KINDS
from banyan.billing.forms import CreditForm, IssueForm, ReasonForm
from banyan.billing.models import Invoice, InvoiceLine
from banyan.billing.panels import invoice_lines
from banyan.billing.queries import Invoiced, invoiced_lines
from banyan.billing.services import invoicing
from banyan.billing.views.steps import form_step, named_line, posted, step_done
from banyan.core.kernel.clock import today
from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named
from banyan.money.rules import ZERO


def find(request: SignedInRequest, invoice_id: uuid.UUID) -> Invoice:
    """Return an invoice that the person may see; raise ``Missing``."""
    fetch_row(request.actor, spec_named(request, "invoice"), invoice_id)
    return Invoice.objects.get(pk=invoice_id)


@signed_in("GET")
def lines_part(request: SignedInRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Answer with the lines of an invoice, after something about it has changed."""
    spec = spec_named(request, "invoice")
    shown = invoice_lines(request.actor, spec, fetch_row(request.actor, spec, invoice_id))
    return markup(shown) if shown else HttpResponse()


@signed_in("POST")
def approve(request: SignedInRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Agree that an invoice is issued."""
    found = find(request, invoice_id)
    invoicing.approve_invoice(request.actor, found.pk)
    return step_done(request, _("The invoice is approved."), f"/invoices/{found.pk}")


@signed_in("GET", "POST")
def refuse(request: SignedInRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Refuse a request."""
    found = find(request, invoice_id)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        invoicing.refuse_invoice(request.actor, found.pk, reason=values["reason"])
        return _("The invoice is refused."), f"/invoices/{found.pk}"

    return form_step(request, ReasonForm(posted(request)), run, title=_("Refuse"), submit_label=_("Refuse"))


@signed_in("GET", "POST")
def issue(request: SignedInRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Issue an approved invoice."""
    found = find(request, invoice_id)
    form = IssueForm(posted(request), initial={"issued_on": today(request.actor.time_zone)})
    is_official = found.kind in OFFICIAL_KINDS
    if not is_official:
        del form.fields["number"], form.fields["code"]
    elif found.kind.startswith("digital"):
        del form.fields["code"]

    def run(values: dict[str, Any]) -> tuple[str, str]:
        made = invoicing.issue_invoice(
            request.actor, found.pk, issued_on=values["issued_on"], number=values.get("number", ""),
            code=values.get("code", ""),
        )  # fmt: skip
        return _("Invoice %(number)s is issued.") % {"number": made.official_number}, f"/invoices/{found.pk}"

    text = (
        _("Type in the number that the tax office's system has given.")
        if is_official
        else _("The next number of the series is taken when you issue it; it is never given again.")
    )
    return form_step(request, form, run, title=_("Issue"), text=text, submit_label=_("Issue"))


@signed_in("GET", "POST")
def credit(request: SignedInRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Take an issued invoice back by a credit note, whole or in part."""
    found = find(request, invoice_id)
    lines = list(InvoiceLine.objects.filter(invoice=found, deleted_at__isnull=True).order_by("position", "id"))
    taken = invoiced_lines([line.pk for line in lines], link="credited_line")
    rows = []
    for line in lines:
        left = (line.quantity or ZERO) + taken.get(line.pk, Invoiced()).quantity
        if left > 0:
            rows.append((str(line.pk), named_line(line), left, left))
    form = CreditForm(posted(request), rows=rows, places=3)
    if found.kind not in OFFICIAL_KINDS:
        del form.fields["red_form_number"]

    def run(values: dict[str, Any]) -> tuple[str, str]:
        quantities = {uuid.UUID(key): quantity for key, quantity in form.parts().items()}
        made = invoicing.credit_invoice(
            request.actor, found.pk, reason=values["reason"], quantities=quantities, is_return=values["is_return"],
            red_form_number=values.get("red_form_number", ""),
        )  # fmt: skip
        return _("Credit note %(number)s is requested.") % {"number": made.number}, f"/invoices/{made.pk}"

    return form_step(request, form, run, title=pgettext("invoice", "Take back"), submit_label=_("Request credit note"))


@signed_in("GET", "POST")
def cancel(request: SignedInRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Cancel an issued invoice."""
    found = find(request, invoice_id)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        invoicing.cancel_invoice(request.actor, found.pk, reason=values["reason"])
        return _("The invoice is cancelled."), f"/invoices/{found.pk}"

    text = _("It stays with its number, which is never given again; what it held can be invoiced anew.")
    form = ReasonForm(posted(request))
    return form_step(
        request,
        form,
        run,
        title=pgettext("invoice", "Cancel"),
        text=text,
        submit_label=_("Cancel the invoice"),
        danger=True,
    )
