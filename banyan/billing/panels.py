"""What the billing app shows on orders, customers, payments, invoices, instalments and subscriptions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from markupsafe import Markup

from banyan.billing.choices import CHANGEABLE_INVOICES, InvoiceState, PaymentKind, PaymentState, SubscriptionState
from banyan.billing.documents import shown_lines
from banyan.billing.models import (
    Allocation,
    CreditRelease,
    Invoice,
    OpenOrder,
    Payment,
    PaymentPlan,
    Reminder,
    Renewal,
    Subscription,
)
from banyan.billing.objects import PAYMENT_PLAN
from banyan.billing.queries import (
    Receipt,
    balance_of,
    headers_of,
    plans_of,
    prepayments,
    receipts_of,
    subscription_notice,
    terms_of,
)
from banyan.billing.services.ageing import open_items
from banyan.billing.services.credit import credit_of, limit_of
from banyan.billing.services.plans import unplanned
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Ability, Action
from banyan.core.database.lookup import row_by_id
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import Choice
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.presence import tables_with_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.presenting import Presenter, told_instant
from banyan.customers.public import Figure
from banyan.money.rules import ZERO
from banyan.orders.public import CLOSED_STATUSES, Order, OrderStatus
from banyan.portal.public import MODULE as LINKS
from banyan.products.public import line_table

PARTS = "billing/parts.html"
Row = Mapping[str, Any]
_STATUS = PAYMENT_PLAN.all_fields["status"].kind
COLORS = {option.code: option.color for option in _STATUS.options} if isinstance(_STATUS, Choice) else {}


def exact(actor: Actor, amount: Decimal, currency: str, *, with_cents: bool = False) -> str:
    """Return an amount to the cent with its currency; whole ones without decimals unless they are wanted."""
    return amounts_text(actor, {currency or actor.currency: amount}, is_whole=False, with_cents=with_cents)


def order_money(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what of an order is paid, open and invoiced, with its instalments; nothing for drafts without any."""
    plan_spec = specs_on(actor.organization).get("payment_plan")
    if plan_spec is None or not Presenter(actor, spec).visible(["amount"]):
        return None
    order = row_by_id(Order, row["id"])
    if order is None:
        return None
    has_plans = PaymentPlan in tables_with_rows(actor.organization_id, spec.name, order.pk)
    agreed = plans_of(order.pk) if has_plans else []
    plans = agreed if may(actor, plan_spec, Action.VIEW) else []
    is_counted = order.status in CLOSED_STATUSES
    if not is_counted and not plans and order.status != OrderStatus.DRAFT:
        return None
    left = unplanned(order, agreed)
    receipts = receipts_of(actor.organization, order) if is_counted else []
    shown = {
        "title": _("Payment"),
        "figures": _order_figures(actor, order, receipts) if is_counted else [],
        "rows": [_plan_row(actor, plan) for plan in plans],
        "rest": exact(actor, left, order.currency) if plans and left else "",
        "receipts": _receipts(actor, order, receipts),
        "steps": _order_steps(actor, spec, order, left),
        "live_url": f"/billing/orders/{order.pk}/money",
    }
    if not shown["figures"] and not shown["rows"] and not shown["steps"]:
        return None
    return macro(PARTS, "order_money", shown)


def _order_figures(actor: Actor, order: Order, receipts: Sequence[Receipt]) -> list[dict[str, str]]:
    balance = balance_of(order)
    figures = [
        {"label": _("Paid"), "value": exact(actor, balance.paid, order.currency)},
        {"label": _("Outstanding"), "value": exact(actor, max(balance.open, ZERO), order.currency)},
        {"label": _("Invoiced"), "value": exact(actor, balance.invoiced, order.currency)},
    ]
    if balance.credited:
        figures.append({"label": _("Credited back"), "value": exact(actor, balance.credited, order.currency)})
    waiting = sum((receipt.amount for receipt in receipts if receipt.is_waiting), ZERO)
    if waiting:
        figures.insert(1, {"label": _("Waiting for confirmation"), "value": exact(actor, waiting, order.currency)})
    if balance.open < 0:
        figures[1] |= {"label": _("Overpaid"), "value": exact(actor, -balance.open, order.currency),
                       "is_bad": _("give back")}  # fmt: skip
    return figures


def _receipts(actor: Actor, order: Order, found: Sequence[Receipt]) -> list[dict[str, Any]]:
    """Return what has paid an order, and what waits to be confirmed; payments that the actor may not see without a link."""
    spec = specs_on(actor.organization).get("payment")
    if spec is None or not found:
        return []
    ids = [receipt.payment.pk for receipt in found]
    seen = set(restrict(live_rows(actor, spec), actor, spec).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        {
            "url": f"/{spec.plural}/{receipt.payment.pk}" if receipt.payment.pk in seen else "",
            "number": receipt.payment.number,
            "day": written_day(receipt.payment.paid_on, actor.language) if receipt.payment.paid_on else "",
            "method": str(receipt.payment.get_method_display()), "amount": exact(actor, receipt.amount, order.currency),
            "state": str(receipt.payment.get_state_display()) if receipt.is_waiting else "",
        }
        for receipt in found
    ]  # fmt: skip


def _plan_row(actor: Actor, plan: PaymentPlan) -> dict[str, Any]:
    due = written_day(plan.due_on, actor.language) if plan.due_on else str(plan.get_event_display())
    promised = (
        _("promised for %(day)s") % {"day": written_day(plan.promised_on, actor.language)} if plan.promised_on else ""
    )
    return {
        "url": f"/payment-plans/{plan.pk}", "name": plan.name, "due": due, "promised": promised,
        "amount": exact(actor, plan.amount, plan.currency), "paid": exact(actor, plan.paid_amount, plan.currency),
        "state": str(plan.get_status_display()), "color": COLORS.get(plan.status, "grey"),
    }  # fmt: skip


def _order_steps(actor: Actor, spec: ObjectSpec, order: Order, left: Decimal) -> list[dict[str, Any]]:
    specs, base = specs_on(actor.organization), f"/billing/orders/{order.pk}"
    steps: list[dict[str, Any]] = []
    if order.status == OrderStatus.CANCELLED or not order.amount:
        return steps
    if left > 0 and may(actor, specs["payment_plan"], Action.CREATE) and may(actor, spec, Action.EDIT):
        steps.append({"label": _("Plan payment"), "icon": "calendar-due", "url": f"{base}/plan"})
    if order.status in CLOSED_STATUSES:
        balance = balance_of(order)
        if balance.to_invoice > 0 and may(actor, specs["invoice"], Action.CREATE):
            steps.append({"label": _("Request invoice"), "icon": "file-invoice", "url": f"{base}/invoice"})
        if balance.open > 0 and may(actor, specs["payment"], Action.CREATE):
            steps.append({"label": _("Record payment"), "icon": "cash", "url": f"{base}/payment", "primary": True})
    elif actor.has(Ability.KEEP_ACCOUNTS):
        steps += _release_step(actor, order, base)
    return steps


def _release_step(actor: Actor, order: Order, base: str) -> list[dict[str, Any]]:
    """Offer to release a draft that goes beyond the credit limit."""
    credit = credit_of(actor.organization, order.customer_id, besides=[order.pk])
    is_beyond = credit.limit is not None and credit.exposure + (order.amount or ZERO) > credit.limit
    if not is_beyond or credit.mode != "block" or CreditRelease.objects.filter(order=order).exists():
        return []
    return [{"label": _("Release credit"), "icon": "lock-open", "url": f"{base}/release"}]


def payment_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return where a payment stands and what can be done with it."""
    payment = Payment.objects.filter(pk=row["id"]).first()
    if payment is None:
        return None
    url, steps = f"/{spec.plural}/{payment.pk}", []
    can_edit, keeps = may(actor, spec, Action.EDIT), actor.has(Ability.KEEP_ACCOUNTS)
    is_receipt = payment.kind == PaymentKind.RECEIPT
    if payment.state == PaymentState.WAITING and keeps:
        steps += [
            {"label": _("Confirm"), "icon": "check", "post": f"{url}/confirm", "primary": True},
            {"label": _("Refuse"), "icon": "x", "url": f"{url}/refuse"},
        ]
    if payment.state == PaymentState.CONFIRMED and can_edit:
        if is_receipt and payment.unallocated > 0:
            steps.append({"label": _("Allocate"), "icon": "arrows-split", "url": f"{url}/allocate", "primary": True})
        if is_receipt:
            steps.append({"label": _("Give back"), "icon": "arrow-back-up", "url": f"{url}/refund"})
        steps.append({"label": _("Reverse"), "icon": "rotate", "url": f"{url}/reverse"})
    parts = [str(payment.get_kind_display()), str(payment.get_state_display())]
    notes = [payment.reason] if payment.reason else []
    if payment.unallocated:
        text = _("%(amount)s is not allocated: a prepayment")
        notes.append(text % {"amount": exact(actor, payment.unallocated, payment.currency)})
    return macro(PARTS, "state", {"text": " · ".join(parts), "notes": notes, "steps": steps})


def allocations(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what a payment pays, and what was taken back."""
    rows = Allocation.objects.filter(payment_id=row["id"]).select_related("order", "plan", "order__customer")
    can_edit = may(actor, spec, Action.EDIT)
    order_spec = specs_on(actor.organization)["order"]
    seen = set(restrict(live_rows(actor, order_spec), actor, order_spec).filter(
        pk__in=[entry.order_id for entry in rows]).values_list("pk", flat=True))  # fmt: skip
    entries = []
    for entry in rows:
        is_live = entry.reversed_at is None
        parts = [entry.plan.name if entry.plan else "", told_instant(entry.made_at)]
        if entry.amount != entry.order_amount:
            parts.append(f"{exact(actor, entry.order_amount, entry.order.currency)} @ {entry.rate.normalize():f}")
        if entry.difference:
            parts.append(_("exchange difference %(amount)s") % {"amount": exact(actor, entry.difference, "")})
        entries.append({
            "url": f"/orders/{entry.order_id}" if entry.order_id in seen else "",
            "title": entry.order.number, "subtitle": " · ".join(filter(None, parts)),
            "amount": exact(actor, entry.amount, row.get("currency") or ""),
            "state": "" if is_live else _("Taken back"), "color": "grey",
            "post": f"/payments/{row['id']}/take-back/{entry.pk}" if is_live and can_edit and entry.amount > 0 else "",
            "post_label": _("Take back"),
        })  # fmt: skip
    return macro(PARTS, "listing", {"title": _("Pays"), "id": "payment-allocations", "is_counted": True, "entries": entries,
                                    "empty": _("It pays no order yet: it is a prepayment.")})  # fmt: skip


def invoice_lines(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the lines of an invoice as a table with its tax by rate; nothing for whoever may not see lines."""
    line_spec = specs_on(actor.organization).get("invoice_line")
    invoice = Invoice.objects.filter(pk=row["id"]).first()
    if invoice is None or line_spec is None or not may(actor, line_spec, Action.VIEW):
        return None
    money = ("unit_price", "tax_rate", "amount", "net_amount", "tax_amount")
    if len(Presenter(actor, line_spec).visible(money)) < len(money):
        return None
    lines = shown_lines(invoice)
    table = line_table(
        actor, {"amount": invoice.amount, "currency": invoice.currency, "prices_include_tax": False}, lines
    )
    for shown, line in zip(table["rows"], lines, strict=True):
        shown["product_url"] = f"/{line_spec.plural}/{line['id']}"
    may_add = invoice.state in CHANGEABLE_INVOICES and may(actor, line_spec, Action.CREATE)
    more = {
        "live_url": f"/{spec.plural}/{invoice.pk}/lines",
        "add_url": f"/{line_spec.plural}/new?invoice={invoice.pk}" if may_add else "",
    }
    return macro(PARTS, "invoice_lines", {**table, **more})


def invoice_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return where an invoice stands and what can be done with it."""
    invoice = Invoice.objects.select_related("credits").filter(pk=row["id"]).first()
    if invoice is None:
        return None
    url, steps = f"/{spec.plural}/{invoice.pk}", []
    keeps = actor.has(Ability.KEEP_ACCOUNTS) and may(actor, spec, Action.EDIT)
    if invoice.state == InvoiceState.REQUESTED and keeps:
        steps += [
            {"label": _("Approve"), "icon": "check", "post": f"{url}/approve", "primary": True},
            {"label": _("Refuse"), "icon": "x", "url": f"{url}/refuse"},
        ]
    if invoice.state == InvoiceState.APPROVED and keeps:
        steps.append({"label": _("Issue"), "icon": "file-check", "url": f"{url}/issue", "primary": True})
        steps.append({"label": _("Refuse"), "icon": "x", "url": f"{url}/refuse"})
    if invoice.state == InvoiceState.ISSUED:
        if may(actor, spec, Action.EDIT) and module_is_on(actor.organization, LINKS):
            steps.append(
                {
                    "label": _("Send to the customer"),
                    "icon": "send",
                    "url": f"/portal{url}/links/invoice/new",
                    "primary": True,
                }
            )
        if invoice.credits_id is None and may(actor, spec, Action.CREATE):
            steps.append({"label": pgettext("invoice", "Take back"), "icon": "arrow-back-up", "url": f"{url}/credit"})
        if keeps:
            steps.append({"label": pgettext("invoice", "Cancel"), "icon": "ban", "url": f"{url}/cancel"})
    notes = [invoice.reason] if invoice.reason else []
    if invoice.credits is not None:
        notes.append(_("Takes back %(invoice)s") % {"invoice": str(invoice.credits)})
    text = " · ".join(filter(None, (str(invoice.get_state_display()), invoice.official_code, invoice.official_number)))
    return macro(PARTS, "state", {"text": text, "notes": notes, "steps": steps})


def reminders(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what was reminded of an instalment."""
    entries = []
    for entry in Reminder.objects.filter(plan_id=row["id"]):
        told = [told_instant(entry.at), _("owner told") if entry.told_owner else "", entry.recipient, entry.problem]
        entries.append({
            "title": str(entry.get_stage_display()), "subtitle": " · ".join(filter(None, told)),
            "state": _("sent") if entry.sent_at else "", "color": "green",
        })  # fmt: skip
    if not entries:
        return None
    return macro(PARTS, "listing", {"title": _("Reminders"), "id": "plan-reminders", "entries": entries})


def subscription_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return where a subscription stands and what can be done with it."""
    found = Subscription.objects.filter(pk=row["id"]).first()
    if found is None:
        return None
    url, steps = f"/{spec.plural}/{found.pk}", []
    if may(actor, spec, Action.EDIT):
        if found.state == SubscriptionState.ACTIVE:
            if found.next_on and found.next_on <= today(actor.time_zone):
                steps.append({"label": _("Make the due orders"), "icon": "shopping-cart", "post": f"{url}/renew",
                              "primary": True})  # fmt: skip
            steps.append({"label": _("Change"), "icon": "adjustments", "url": f"{url}/change"})
            steps.append({"label": _("Pause"), "icon": "player-pause", "post": f"{url}/pause"})
        if found.state == SubscriptionState.PAUSED:
            steps.append({"label": _("Resume"), "icon": "player-play", "post": f"{url}/resume", "primary": True})
        if found.state in {SubscriptionState.ACTIVE, SubscriptionState.PAUSED}:
            steps.append({"label": pgettext("subscription", "Cancel"), "icon": "ban", "url": f"{url}/cancel"})
    notes = _subscription_notes(actor, found)
    return macro(PARTS, "state", {"text": str(found.get_state_display()), "notes": notes, "steps": steps})


def _subscription_notes(actor: Actor, found: Subscription) -> list[str]:
    """Return what is to be known of a subscription beside its state."""
    notes = []
    if found.next_on:
        notes.append(_("next charge on %(day)s") % {"day": written_day(found.next_on, actor.language)})
    notice = subscription_notice(found)
    if notice is not None and notice.last_day >= today(actor.time_zone):
        notes.append(_("can be cancelled until %(day)s") % {"day": written_day(notice.last_day, actor.language)})
    if found.credit:
        notes.append(_("%(amount)s credit for it") % {"amount": exact(actor, found.credit, found.currency)})
    if found.reason:
        notes.append(found.reason)
    return notes


def renewals(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the orders that were made for a subscription."""
    entries = [
        {
            "url": f"/orders/{entry.order_id}" if entry.order_id else "",
            "title": f"{written_day(entry.starts_on, actor.language)} – {written_day(entry.ends_on, actor.language)}",
            "subtitle": entry.order.number if entry.order else "",
            "amount": exact(actor, entry.amount, row.get("currency") or ""),
        }
        for entry in Renewal.objects.filter(subscription_id=row["id"]).select_related("order")[:24]
    ]
    return macro(PARTS, "listing", {"title": _("Orders of its periods"), "id": "subscription-renewals", "is_counted": True,
                                    "entries": entries, "empty": _("The first order is made when it starts.")})  # fmt: skip


def customer_billing(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the invoice headers and terms of a customer."""
    can_edit = may(actor, spec, Action.EDIT)
    base = f"/billing/customers/{row['id']}"
    entries: list[dict[str, Any]] = [
        {
            "url": f"{base}/headers/{header.pk}" if can_edit else "", "opens": "dialog", "title": header.title,
            "subtitle": header.tax_number, "state": _("default") if header.is_default else "", "color": "green",
        }
        for header in headers_of(row["id"])
    ]  # fmt: skip
    terms = terms_of(actor.organization, row["id"])
    limit = exact(actor, terms.credit_limit, "") if terms.credit_limit is not None else ""
    facts = [
        _("Credit limit %(amount)s") % {"amount": limit} if limit else "",
        _("%(days)s days to pay") % {"days": terms.term_days} if terms.term_days is not None else "",
        terms.email,
    ]
    title = " · ".join(filter(None, facts)) or _("Terms of payment as usual")
    entries.append({"url": f"{base}/terms" if can_edit else "", "opens": "dialog", "title": title})
    entries.append({"url": f"{base}/statement", "opens": "page", "title": _("Statement of account")})
    return macro(PARTS, "listing", {
        "title": _("Invoices and payment"), "id": "customer-billing", "entries": entries,
        "create_url": f"{base}/headers/new" if can_edit else "", "create_label": _("Add an invoice header"),
    })  # fmt: skip


def customer_figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return what a customer has open, overdue, paid in advance and may still order."""
    specs = specs_on(actor.organization)
    if "order" not in specs or not may(actor, specs["order"], Action.VIEW):
        return []
    if not Presenter(actor, specs["order"]).visible(["amount"]):
        return []
    present = tables_with_rows(actor.organization_id, "customer", customer_id)
    items = open_items(actor, customer_id=customer_id) if OpenOrder in present else []
    day = today(actor.time_zone)
    still: dict[str, Decimal] = {}
    late: dict[str, Decimal] = {}
    for item in items:
        still[item.currency] = still.get(item.currency, ZERO) + item.amount
        if item.days(day) > 0:
            late[item.currency] = late.get(item.currency, ZERO) + item.amount
    url = f"/receivables?{urlencode({'customer': customer_id})}"
    figures = []
    if still:
        figures.append(Figure(_("Outstanding"), amounts_text(actor, still), url))
    if late:
        figures.append(Figure(_("Overdue"), amounts_text(actor, late), url))
    early = prepayments(customer_id) if Payment in present and may(actor, specs["payment"], Action.VIEW) else {}
    if early:
        query = urlencode({"customer": customer_id, "unallocated__gt": "0"})
        figures.append(Figure(_("Prepaid"), amounts_text(actor, early), f"/payments?{query}"))
    limit = limit_of(actor.organization, customer_id)
    if limit is not None:
        left = credit_of(actor.organization, customer_id).left or ZERO
        hint = _("of %(limit)s") % {"limit": amounts_text(actor, {actor.currency: limit})}
        figures.append(Figure(_("Credit left"), amounts_text(actor, {actor.currency: left}), "", hint))
    return figures


def may_see_receivables(actor: Actor) -> bool:
    """Say whether somebody sees what is open: orders with their amounts."""
    spec = specs_on(actor.organization).get("order")
    return spec is not None and may(actor, spec, Action.VIEW) and bool(Presenter(actor, spec).visible(["amount"]))


def may_see_revenue(actor: Actor) -> bool:
    """Say whether somebody sees subscriptions."""
    spec = specs_on(actor.organization).get("subscription")
    return spec is not None and may(actor, spec, Action.VIEW)


def may_record_bank(actor: Actor) -> bool:
    """Say whether somebody takes in bank statements."""
    spec = specs_on(actor.organization).get("payment")
    return spec is not None and may(actor, spec, Action.CREATE) and actor.has(Ability.KEEP_ACCOUNTS)
