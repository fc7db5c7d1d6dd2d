"""What is done with a payment: confirm, allocate, take back, give back, reverse."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.billing.forms import AllocateForm, ReasonForm, RefundForm, key_of
from banyan.billing.models import Allocation, Payment
from banyan.billing.panels import exact
from banyan.billing.services.ageing import open_items
from banyan.billing.services.allocating import Target, allocate, propose, take_back
from banyan.billing.services.payments import confirm_payment, refund_payment, refuse_payment, reverse_payment
from banyan.billing.views.steps import form_step, step_done
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.listing.query import fetch_row
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named

#: More open sums than this are allocated by the proposal or the interface; a dialog of hundreds helps nobody.
MOST_SHOWN = 40


def find(request: SignedInRequest, payment_id: uuid.UUID) -> Payment:
    """Return a payment that the person may see; raise ``Missing``."""
    fetch_row(request.actor, spec_named(request, "payment"), payment_id)
    return Payment.objects.get(pk=payment_id)


@signed_in("POST")
def confirm(request: SignedInRequest, payment_id: uuid.UUID) -> HttpResponse:
    """Confirm that money came in."""
    payment = find(request, payment_id)
    confirm_payment(request.actor, payment.pk)
    return step_done(request, _("The payment is confirmed."), f"/payments/{payment.pk}")


@signed_in("GET", "POST")
def refuse(request: SignedInRequest, payment_id: uuid.UUID) -> HttpResponse:
    """Say that money did not come in."""
    payment = find(request, payment_id)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        refuse_payment(request.actor, payment.pk, reason=values["reason"])
        return _("The payment is refused."), f"/payments/{payment.pk}"

    return form_step(request, ReasonForm(request.POST or None), run, title=_("Refuse"), submit_label=_("Refuse"))


@signed_in("GET", "POST")
def allocate_payment(request: SignedInRequest, payment_id: uuid.UUID) -> HttpResponse:
    """Let a payment pay open sums of its customer; the oldest are proposed."""
    payment = find(request, payment_id)
    proposed = {key_of(target.order_id, target.plan_id): target.amount for target in propose(request.actor, payment)}
    items = open_items(request.actor, customer_id=payment.customer_id)[:MOST_SHOWN]
    rows = []
    for item in items:
        key = key_of(item.order_id, item.plan_id)
        day = written_day(item.due_on, request.actor.language) if item.due_on.year < 9999 else ""
        label = " · ".join(filter(None, (item.order, item.name, day, exact(request.actor, item.amount, item.currency))))
        rows.append((key, label, proposed.get(key, payment.amount * 0), payment.unallocated))
    form = AllocateForm(request.POST or None, rows=rows)

    def run(_values: dict[str, Any]) -> tuple[str, str]:
        targets = []
        for key, amount in form.parts().items():
            order, _sign, plan = key.partition("_")
            targets.append(Target(uuid.UUID(order), amount, parse_id(plan) if plan else None))
        allocate(request.actor, payment.pk, targets)
        return _("The payment is allocated."), f"/payments/{payment.pk}"

    amount = exact(request.actor, payment.unallocated, payment.currency)
    text = _("%(amount)s is left. What you leave empty stays a prepayment.") % {"amount": amount}
    if not rows:
        text = _("This customer has nothing open that you may see.")
    return form_step(request, form, run, title=_("Allocate"), text=text, submit_label=_("Allocate"))


@signed_in("POST")
def take_allocation_back(request: SignedInRequest, payment_id: uuid.UUID, allocation_id: uuid.UUID) -> HttpResponse:
    """Take what a payment paid off its order again."""
    payment = find(request, payment_id)
    take_back(request.actor, payment.pk, [allocation_id])
    return step_done(request, _("Taken back: it is a prepayment again."), f"/payments/{payment.pk}")


@signed_in("GET", "POST")
def refund(request: SignedInRequest, payment_id: uuid.UUID) -> HttpResponse:
    """Give money of a receipt back."""
    payment = find(request, payment_id)
    live = Allocation.objects.filter(payment=payment, reversed_at__isnull=True).select_related("order")
    sources = [("", _("What is not allocated"))] if payment.unallocated else []
    sources += [(str(row.order_id), row.order.number) for row in live]
    initial = {"amount": payment.unallocated or payment.amount}
    form = RefundForm(request.POST or None, sources=list(dict.fromkeys(sources)), initial=initial)
    form.fields["source"].required = not payment.unallocated

    def run(values: dict[str, Any]) -> tuple[str, str]:
        order = parse_id(values["source"]) if values["source"] else None
        made = refund_payment(
            request.actor, payment.pk, amount=values["amount"], reason=values["reason"], order_id=order
        )
        return _("Refund %(number)s is recorded.") % {"number": made.number}, f"/payments/{made.pk}"

    return form_step(request, form, run, title=_("Give back"), submit_label=_("Give back"))


@signed_in("GET", "POST")
def reverse(request: SignedInRequest, payment_id: uuid.UUID) -> HttpResponse:
    """Reverse a payment that was wrong."""
    payment = find(request, payment_id)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        reverse_payment(request.actor, payment.pk, reason=values["reason"])
        return _("The payment is reversed."), f"/payments/{payment.pk}"

    text = _("It counts no more, what it paid is open again, and its trace stays.")
    form = ReasonForm(request.POST or None)
    return form_step(request, form, run, title=_("Reverse"), text=text, submit_label=_("Reverse"), danger=True)
