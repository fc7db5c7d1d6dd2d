"""What is done about the money of an order, from its page: plan, invoice, pay, release."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.billing.choices import DueEvent, PaymentState
from banyan.billing.forms import InvoiceForm, PaymentForm, PlanForm, ReasonForm
from banyan.billing.models import Payment, PlanTemplate
from banyan.billing.panels import exact, order_money
from banyan.billing.preparation.invoices import HEADER, kind_of
from banyan.billing.queries import balance_of, headers_of, order_lines, visible_order, waiting_receipts
from banyan.billing.services.allocating import Target
from banyan.billing.services.credit import release_credit
from banyan.billing.services.invoicing import request_invoice, rest_lines
from banyan.billing.services.payments import record_payment
from banyan.billing.services.plans import (
    add_instalments,
    plan_by_contract,
    plan_by_template,
    rows_text,
    unplanned,
)
from banyan.billing.views.steps import form_step, named_line, posted, require_module
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named
from banyan.money.rules import ZERO

BY_CONTRACT = "contract"


@signed_in("GET")
def money_part(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Answer with the money of an order, after something about it has changed."""
    require_module(request)
    spec = spec_named(request, "order")
    shown = order_money(request.actor, spec, fetch_row(request.actor, spec, order_id))
    return markup(shown) if shown else HttpResponse()


@signed_in("GET", "POST")
def plan(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Plan how the rest of an order is paid."""
    require_module(request)
    require(request.actor, spec_named(request, "payment_plan"), Action.CREATE)
    order = visible_order(request.actor, order_id, Action.EDIT)
    left = unplanned(order)
    templates: list[tuple[str, Any]] = [
        (str(row.pk), f"{row.name}: {rows_text(row.rows)}") for row in PlanTemplate.objects.all()
    ]
    if order.contract_id:
        templates.insert(0, (BY_CONTRACT, _("As the contract says")))
    initial = {"amount": left, "template": templates[0][0] if templates else ""}
    form = PlanForm(posted(request), templates=templates, initial=initial)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        if values["template"] == BY_CONTRACT:
            made = plan_by_contract(request.actor, order)
        elif values["template"]:
            made = plan_by_template(request.actor, order.pk, uuid.UUID(values["template"]))
        else:
            row = {"name": values["name"], "amount": values["amount"] or left, "event": DueEvent.DATE.value}
            if values["due_on"]:
                row["due_on"] = values["due_on"]
            made = add_instalments(request.actor, order.pk, [row])
        return _("%(count)s instalments were planned.") % {"count": len(made)}, f"/orders/{order.pk}"

    text = _("%(amount)s %(currency)s is not planned yet.") % {"amount": left, "currency": order.currency}
    return form_step(request, form, run, title=_("Plan payment"), text=text, submit_label=_("Plan"))


@signed_in("GET", "POST")
def invoice(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Request an invoice for an order, whole or by quantities."""
    require_module(request)
    require(request.actor, spec_named(request, "invoice"), Action.CREATE)
    order = visible_order(request.actor, order_id)
    lines = {line.pk: line for line in order_lines(order.pk)}
    rests = rest_lines(order)
    rows = [
        (str(rest["order_line"]), named_line(lines[rest["order_line"]]),
         rest["quantity"], rest["quantity"])
        for rest in rests if "order_line" in rest
    ]  # fmt: skip
    if not lines and rests:
        rows = [("amount", _("Amount with tax"), rests[0]["amount"], rests[0]["amount"])]
    headers = [(str(header.pk), f"{header.title} {header.tax_number}") for header in headers_of(order.customer_id)]
    form = InvoiceForm(
        posted(request), rows=rows, places=3 if lines else 2, headers=headers,
        initial={"kind": kind_of(request.actor.organization.country)},
    )  # fmt: skip

    def run(values: dict[str, Any]) -> tuple[str, str]:
        parts = form.parts()
        asked: list[dict[str, Any]] = [
            {"name": rests[0]["name"], "amount": part} if key == "amount" else {"order_line": key, "quantity": part}
            for key, part in parts.items()
        ]
        given: dict[str, Any] = {"order": order.pk, "kind": values["kind"], "notes": values["notes"]}
        header = next((row for row in headers_of(order.customer_id) if str(row.pk) == values.get("header")), None)
        if header is not None:
            given |= {"header_kind": header.kind, **{name: getattr(header, name) for name in HEADER}}
        made = request_invoice(request.actor, given, asked)
        return _("Invoice %(number)s is requested.") % {"number": made.number}, f"/invoices/{made.pk}"

    text = "" if rows else _("Everything of this order is invoiced already.")
    if rows and not headers:
        text = _(
            "The customer has no invoice header yet: the name of the customer is used. You can add one on the customer's page."
        )
    return form_step(
        request, form, run, title=_("Request invoice"), text=text, submit_label=pgettext("invoice", "Request")
    )


@signed_in("GET", "POST")
def payment(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Record a receipt for an order; what is more than open stays a prepayment."""
    require_module(request)
    require(request.actor, spec_named(request, "payment"), Action.CREATE)
    order = visible_order(request.actor, order_id)
    open_amount = max(balance_of(order).open, ZERO)
    waiting = sum((receipt.amount for receipt in waiting_receipts(request.actor.organization, order)), ZERO)
    still = max(open_amount - waiting, ZERO)
    initial = {
        "amount": still or open_amount, "paid_on": today(request.actor.time_zone), "method": "transfer",
        "payer_name": order.customer.name,
    }  # fmt: skip
    form = PaymentForm(posted(request), initial=initial)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        amount: Decimal = values["amount"]
        given = {
            **values, "customer": order.customer_id, "currency": order.currency or request.actor.currency,
        }  # fmt: skip
        part = min(amount, open_amount)
        made = record_payment(request.actor, given, [Target(order.pk, part)] if part > 0 else [])
        return _told(request.actor, made, amount - part), f"/orders/{order.pk}"

    text = ""
    if waiting:
        text = _("%(amount)s were recorded already and wait for confirmation. Record only what came besides.")
        text %= {"amount": exact(request.actor, waiting, order.currency)}
    return form_step(
        request, form, run, title=_("Record payment"), text=text, submit_label=pgettext("payment", "Record")
    )


def _told(actor: Actor, made: Payment, more: Decimal) -> str:
    """Return what was recorded, and what of it is not the order's or does not count yet."""
    named = {"number": made.number, "amount": exact(actor, more, made.currency)}
    if made.state == PaymentState.WAITING:
        return _("Payment %(number)s is recorded and waits for confirmation.") % named
    if more > 0:
        return _("Payment %(number)s is recorded; %(amount)s are more than was open and stay a prepayment.") % named
    return _("Payment %(number)s is recorded.") % named


@signed_in("GET", "POST")
def release(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Let an order pass beyond the credit limit."""
    require_module(request)
    form = ReasonForm(posted(request))

    def run(values: dict[str, Any]) -> tuple[str, str]:
        release_credit(request.actor, order_id, reason=values["reason"])
        return _("Released: the order can be confirmed."), f"/orders/{order_id}"

    visible_order(request.actor, order_id)
    return form_step(request, form, run, title=_("Release credit"), submit_label=pgettext("credit", "Release"))
