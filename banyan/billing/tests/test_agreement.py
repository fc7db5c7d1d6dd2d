"""Orders, invoices, credit notes, receipts and allocations agree, whatever people do in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from banyan.billing.models import Allocation, Invoice, InvoiceLine, Payment
from banyan.billing.queries import balance_of
from banyan.billing.services.ageing import open_items
from banyan.billing.services.allocating import Target, allocate, propose, take_back
from banyan.billing.services.invoicing import cancel_invoice, credit_invoice, request_invoice
from banyan.billing.services.payments import refund_payment, reverse_payment
from banyan.billing.tests.conftest import Desk
from banyan.core.kernel.errors import DomainError
from banyan.orders.public import Order, OrderLine
from banyan.products.public import replace_lines

LINES = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.just("Part"),
            "quantity": st.decimals(min_value="0.001", max_value="50", places=3).map(str),
            "unit_price": st.decimals(min_value="0.01", max_value="9999", places=2).map(str),
            "discount_percent": st.sampled_from(["0", "3.33", "12.5", "99"]),
            "tax_rate": st.sampled_from(["13", "9", "6", "0"]),
        }
    ),
    min_size=1,
    max_size=4,
)
SOME = {"name": "Part", "quantity": "5", "unit_price": "9999", "discount_percent": "0", "tax_rate": "13"}
LEAST = {**SOME, "quantity": "0.001"}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["invoice", "invoice_part", "invoice_amount", "credit", "return", "cancel", "pay", "propose", "take_back",
             "reverse", "refund", "rates"]
        ),
        st.integers(min_value=1, max_value=99),
    ),
    max_size=7,
)  # fmt: skip


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=LINES, steps=STEPS, includes_tax=st.booleans())
# Half the amount of the least quantity there is, and a rate that changes once such a line has been invoiced whole.
@example(lines=[LEAST, SOME], steps=[("invoice_amount", 50)], includes_tax=True)
@example(lines=[LEAST, SOME], steps=[("invoice_part", 99), ("rates", 6)], includes_tax=False)
def test_everything_agrees(
    desk: Desk, lines: list[dict[str, Any]], steps: list[tuple[str, int]], includes_tax: Any
) -> None:
    desk.customer = desk.new_customer("Round after round")
    order = desk.order(lines=lines, prices_include_tax=includes_tax)
    for step, number in steps:
        if not is_refused(lambda step=step, number=number: DO[step](desk, order, Decimal(number))):  # type: ignore[misc]
            check(desk, order)
    invoice_all(desk, order)
    check(desk, order)


def invoice_all(desk: Desk, order: Order) -> None:
    """What is left is invoiced by one last invoice; then the invoices agree with the order to the cent.

    What was invoiced whole before its line changed stays as it is, until those invoices are taken back.
    """
    if is_refused(lambda: desk.issued(order)):
        return
    if invoice_lines(order).filter(invoice__is_return=True).exists():
        assert balance_of(order).to_invoice == 0
        return
    order.refresh_from_db()
    if totals(invoice_lines(order)) != (order.amount, order.net_amount, order.tax_amount):
        assert any(differs(order, line) for line in OrderLine.objects.filter(order=order, deleted_at__isnull=True))
        for blue in Invoice.objects.filter(order=order, state="issued", credits__isnull=True):
            is_refused(lambda pk=blue.pk: desk.issue(credit_invoice(desk.actor, pk, reason="Changed since").pk))  # type: ignore[misc]
        desk.issued(order)
    assert totals(invoice_lines(order)) == (order.amount, order.net_amount, order.tax_amount)
    assert balance_of(order).to_invoice == 0


def is_refused(step: Callable[[], object]) -> bool:
    """Return whether something cannot be done now."""
    try:
        with transaction.atomic():
            step()
    except DomainError:
        return True
    return False


def differs(order: Order, line: OrderLine) -> bool:
    """Return whether a line was changed after all of it had been invoiced."""
    rows = invoice_lines(order).filter(order_line=line)
    told = (line.net_amount + line.tax_amount, line.net_amount, line.tax_amount)
    latest = rows.order_by("-created_at", "-id").values_list("tax_rate", flat=True).first()
    return totals(rows) != told and latest != line.tax_rate


def check(desk: Desk, order: Order) -> None:
    """What must hold at any time."""
    order.refresh_from_db()
    balance = balance_of(order)
    for invoice in Invoice.objects.filter(order=order):
        own = totals(InvoiceLine.objects.filter(invoice=invoice, deleted_at__isnull=True))
        assert own == (invoice.amount, invoice.net_amount, invoice.tax_amount)
        assert invoice.amount == invoice.net_amount + invoice.tax_amount
    for line in OrderLine.objects.filter(order=order, deleted_at__isnull=True):
        amount, net, tax = totals(invoice_lines(order).filter(order_line=line))
        quantity = invoice_lines(order).filter(order_line=line).aggregate(q=Sum("quantity"))["q"] or 0
        assert 0 <= quantity <= line.quantity
        assert amount == net + tax
    for payment in Payment.objects.filter(customer=desk.customer, kind="receipt"):
        live = Allocation.objects.filter(payment=payment, reversed_at__isnull=True)
        used = live.aggregate(total=Sum("amount"))["total"] or Decimal(0)
        refunds = Payment.objects.filter(refund_of=payment, state="confirmed")
        back = refunds.aggregate(total=Sum("amount"))["total"] or Decimal(0)
        of_orders = Allocation.objects.filter(payment__in=refunds, reversed_at__isnull=True)
        taken = of_orders.aggregate(total=Sum("amount"))["total"] or Decimal(0)
        if payment.state == "confirmed":
            assert payment.unallocated == payment.amount - used - back - taken
            assert payment.unallocated >= 0
        else:
            assert payment.unallocated == used == 0
    paid = Allocation.objects.filter(order=order, reversed_at__isnull=True).aggregate(total=Sum("order_amount"))
    assert balance.paid == (paid["total"] or 0) >= 0
    assert balance.due == balance.amount - balance.credited
    items = [item for item in open_items(desk.actor) if item.order_id == order.pk]
    assert sum(item.amount for item in items) == max(balance.open, 0)


def invoice_lines(order: Order) -> Any:
    return InvoiceLine.objects.filter(
        invoice__order=order, deleted_at__isnull=True, invoice__state__in=["requested", "approved", "issued"]
    )


def totals(rows: Any) -> tuple[Decimal, Decimal, Decimal]:
    found = rows.aggregate(a=Sum("amount"), n=Sum("net_amount"), t=Sum("tax_amount"))
    return tuple(found[name] or Decimal(0) for name in "ant")  # type: ignore[return-value]


def invoice_part(desk: Desk, order: Order, percent: Decimal) -> None:
    lines = OrderLine.objects.filter(order=order, deleted_at__isnull=True)
    parts = [{"order_line": line.pk, "quantity": str(round(line.quantity * percent / 100, 3))} for line in lines]
    desk.issued(order, [part for part in parts if Decimal(part["quantity"]) > 0])


def invoice_amount(desk: Desk, order: Order, percent: Decimal) -> None:
    line = OrderLine.objects.filter(order=order, deleted_at__isnull=True)[0]
    amount = round((line.net_amount + line.tax_amount) * percent / 100, 2)
    desk.issued(order, [{"order_line": line.pk, "amount": str(amount)}])


def credit(desk: Desk, order: Order, percent: Decimal, *, is_return: bool = False) -> None:
    blue = Invoice.objects.filter(order=order, state="issued", credits__isnull=True).order_by("-amount")[:1]
    if not blue:
        return
    lines = InvoiceLine.objects.filter(invoice=blue[0], deleted_at__isnull=True)
    parts = {line.pk: round(line.quantity * percent / 100, 3) for line in lines if line.quantity}
    note = credit_invoice(desk.actor, blue[0].pk, reason="Wrong", quantities=parts, is_return=is_return)
    desk.issue(note.pk)


def cancel(desk: Desk, order: Order, _number: Decimal) -> None:
    for invoice in Invoice.objects.filter(order=order, state="issued").order_by("-number")[:1]:
        cancel_invoice(desk.actor, invoice.pk, reason="Mistake")


def pay(desk: Desk, order: Order, percent: Decimal) -> None:
    amount = round((order.amount or Decimal(0)) * percent / 100, 2)
    desk.receipt(amount, Target(order.pk, amount))


def use_proposal(desk: Desk, order: Order, percent: Decimal) -> None:
    amount = round((order.amount or Decimal(0)) * percent / 50, 2)
    payment = desk.receipt(amount)
    targets = propose(desk.actor, payment)
    assert sum(target.amount for target in targets) == min(amount, max(balance_of(order).open, Decimal(0)))
    allocate(desk.actor, payment.pk, targets)


def undo_allocation(desk: Desk, order: Order, _number: Decimal) -> None:
    for row in Allocation.objects.filter(order=order, reversed_at__isnull=True, amount__gt=0)[:1]:
        take_back(desk.actor, row.payment_id, [row.pk])


def reverse(desk: Desk, order: Order, _number: Decimal) -> None:
    for payment in Payment.objects.filter(customer=desk.customer, state="confirmed").order_by("-number")[:1]:
        reverse_payment(desk.actor, payment.pk, reason="Bounced")


def refund(desk: Desk, order: Order, percent: Decimal) -> None:
    for payment in Payment.objects.filter(customer=desk.customer, state="confirmed", kind="receipt")[:1]:
        amount = round(payment.amount * percent / 100, 2)
        of_order = order.pk if percent % 2 else None
        refund_payment(desk.actor, payment.pk, amount=amount, reason="Too much", order_id=of_order)


def change_rates(desk: Desk, order: Order, number: Decimal) -> None:
    """The tax rate of the order changes while part of it is invoiced."""
    rows = OrderLine.objects.filter(order=order, deleted_at__isnull=True).order_by("position")
    changed = [
        {
            "id": str(line.pk), "name": line.name, "quantity": str(line.quantity), "unit_price": str(line.unit_price),
            "discount_percent": str(line.discount_percent), "tax_rate": str(number % 14),
        }
        for line in rows
    ]  # fmt: skip
    replace_lines(desk.actor, "order", order.pk, changed)


DO: dict[str, Any] = {
    "invoice": lambda desk, order, number: desk.issued(order),
    "invoice_part": invoice_part,
    "invoice_amount": invoice_amount,
    "credit": credit,
    "return": lambda desk, order, number: credit(desk, order, number, is_return=True),
    "cancel": cancel,
    "pay": pay,
    "propose": use_proposal,
    "take_back": undo_allocation,
    "reverse": reverse,
    "refund": refund,
    "rates": change_rates,
}


def test_request_takes_no_more_than_is_left(desk: Desk) -> None:
    order = desk.order(lines=[{"name": "Pump", "quantity": "3", "unit_price": "33.33", "tax_rate": "13"}])
    line = OrderLine.objects.get(order=order)
    first = desk.issued(order, [{"order_line": line.pk, "quantity": "1"}])
    second = desk.issued(order)
    assert first.amount == Decimal("33.33")
    assert first.amount + second.amount == order.amount
    assert first.tax_amount + second.tax_amount == order.tax_amount
    assert is_refused(lambda: request_invoice(desk.actor, {"order": order.pk}))
