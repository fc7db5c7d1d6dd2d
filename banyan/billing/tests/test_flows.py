"""From the plan to the last cent: plans, receipts, refunds, invoices, credit, reminders, bank lines, subscriptions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.utils.translation import override

from banyan.billing.documents import invoice_paper
from banyan.billing.engine.plans import refresh_plans
from banyan.billing.models import (
    Allocation,
    BankLine,
    BillingSettings,
    CustomerTerms,
    Invoice,
    InvoiceLine,
    PaymentPlan,
    Reminder,
    Renewal,
    RevenueMovement,
    Subscription,
)
from banyan.billing.public import received_between
from banyan.billing.queries import balance_of, balances
from banyan.billing.services.ageing import accounts_of, ageing, open_items
from banyan.billing.services.allocating import Target, allocate, propose, take_back
from banyan.billing.services.banking import ignore_line, matches_of, read_statement, record_line
from banyan.billing.services.credit import credit_of, release_credit
from banyan.billing.services.deciding import save_header, save_series
from banyan.billing.services.invoicing import (
    approve_invoice,
    cancel_invoice,
    credit_invoice,
    issue_invoice,
    refuse_invoice,
    request_invoice,
)
from banyan.billing.services.payments import confirm_payment, record_payment, refund_payment, reverse_payment
from banyan.billing.services.plans import add_instalments, plan_by_template, save_template, usual_templates
from banyan.billing.services.recurring import months_of
from banyan.billing.services.reminding import due_reminders, send_reminder
from banyan.billing.services.subscribing import (
    cancel_subscription,
    change_subscription,
    pause_subscription,
    renew,
    resume_subscription,
)
from banyan.billing.tests.conftest import DAY, Desk
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, Refused, Unconfirmed
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.money.public import NewRate, NoRate, enter_rates
from banyan.orders.public import OrderLine, cancel, confirm, record_delivered
from tests.cast import Cast


def codes(error: pytest.ExceptionInfo[Any]) -> set[str]:
    value = error.value
    return {entry.code for entry in value.errors} if isinstance(value, (Invalid, Unconfirmed)) else {value.code}


def plans(order: Any) -> list[tuple[str, Decimal, Decimal, str]]:
    rows = PaymentPlan.objects.filter(order=order, deleted_at__isnull=True).order_by("position")
    return [(row.name, row.amount, row.paid_amount, row.status) for row in rows]


def test_plan_by_terms_makes_the_order_and_follows_its_events(desk: Desk) -> None:
    name, rows = usual_templates()[1]
    template = save_template(desk.actor, None, name=name, rows=rows)
    order = desk.order(lines=[{"name": "Crane", "quantity": "3", "unit_price": "333.33"}])

    made = plan_by_template(desk.actor, order.pk, template.pk)

    assert [row.amount for row in made] == [Decimal("300.00"), Decimal("599.99"), Decimal("100.00")]
    assert [row.status for row in PaymentPlan.objects.order_by("position")] == ["overdue", "inactive", "inactive"]
    line = OrderLine.objects.get(order=order)
    record_delivered(desk.actor, {line.pk: Decimal(3)})
    assert PaymentPlan.objects.get(event="delivered").due_on is not None
    with pytest.raises(Refused):
        plan_by_template(desk.actor, order.pk, template.pk)
    with pytest.raises(Invalid) as problem:
        add_instalments(desk.actor, order.pk, [{"name": "More", "amount": "0.01"}])
    assert codes(problem) == {"more_than_order"}
    with pytest.raises(Invalid):
        save_template(desk.actor, None, name="Wrong", rows=[{"percent": "99", "event": "confirmed"}])


def test_one_receipt_pays_several_orders_and_instalments_the_oldest_first(desk: Desk) -> None:
    first, second = desk.order(100), desk.order(50, ordered_on="2026-03-05")
    add_instalments(desk.actor, first.pk, [
        {"name": "A", "amount": "40", "due_on": "2026-03-10"}, {"name": "B", "amount": "60", "due_on": "2099-01-01"},
    ])  # fmt: skip
    payment = desk.receipt(120)
    assert payment.unallocated == 120

    allocate(desk.actor, payment.pk, propose(desk.actor, payment))

    payment.refresh_from_db()
    assert payment.unallocated == 0
    assert {row[0]: (row[2], row[3]) for row in plans(first)} == {
        "A": (Decimal(40), "paid"), "B": (Decimal(30), "part_paid"),
    }  # fmt: skip
    assert balance_of(second).paid == 50
    assert sum(row.order_amount for row in received_between(desk.actor.organization, DAY, DAY)) == 120


def test_nobody_allocates_more_than_is_open_or_there(desk: Desk) -> None:
    order, payment = desk.order(100), desk.receipt(80)
    for amount, wrong in (("-1", "not_positive"), ("80.01", "more_than_payment"), ("0", "not_positive")):
        with pytest.raises(Invalid) as problem:
            allocate(desk.actor, payment.pk, [Target(order.pk, Decimal(amount))])
        assert codes(problem) == {wrong}
    big = desk.receipt(200)
    with pytest.raises(Invalid) as problem:
        allocate(desk.actor, big.pk, [Target(order.pk, Decimal(60)), Target(order.pk, Decimal(60))])
    assert codes(problem) == {"more_than_open"}
    assert not Allocation.objects.exists()
    other = desk.new_customer("Somebody else")
    foreign = desk.order(10, customer=str(other.pk))
    with pytest.raises(Invalid) as problem:
        allocate(desk.actor, big.pk, [Target(foreign.pk, Decimal(1))])
    assert codes(problem) == {"other_customer"}
    for amount in ("0", "-5", "1e16"):
        with pytest.raises(Invalid):
            desk.receipt(amount)


def test_cancelled_order_takes_no_money_and_paid_order_is_not_cancelled(desk: Desk) -> None:
    order, paid = desk.order(100), desk.order(100)
    payment = desk.receipt(100)
    cancel(desk.actor, order.pk, reason="Changed their mind")
    with pytest.raises(Invalid) as problem:
        allocate(desk.actor, payment.pk, [Target(order.pk, Decimal(100))])
    assert codes(problem) == {"not_confirmed"}
    allocate(desk.actor, payment.pk, [Target(paid.pk, Decimal(100))])
    with pytest.raises(DomainError):
        cancel(desk.actor, paid.pk, reason="Too late")
    with pytest.raises(Conflict):
        recycle.delete(desk.actor, spec_for(desk.actor.organization, "order"), [paid.pk])


def test_reversal_and_refund_keep_their_trace(desk: Desk) -> None:
    order = desk.order(100)
    payment = desk.receipt(100, Target(order.pk, Decimal(100)))
    refund = refund_payment(desk.actor, payment.pk, amount=Decimal(30), reason="Damage", order_id=order.pk)
    assert (refund.kind, balance_of(order).paid) == ("refund", 70)
    with pytest.raises(Invalid):
        refund_payment(desk.actor, payment.pk, amount=Decimal("70.01"), reason="More", order_id=order.pk)
    with pytest.raises(Conflict):
        reverse_payment(desk.actor, payment.pk, reason="Bounced")
    reverse_payment(desk.actor, refund.pk, reason="Not sent after all")
    reverse_payment(desk.actor, payment.pk, reason="Bounced")
    payment.refresh_from_db()
    assert (payment.state, payment.unallocated, balance_of(order).paid) == ("reversed", 0, 0)
    assert Allocation.objects.filter(reversed_at__isnull=False).count() == 2
    with pytest.raises(Conflict):
        recycle.delete(desk.actor, spec_for(desk.actor.organization, "payment"), [payment.pk])
    with pytest.raises(Invalid):
        door.update(desk.actor, spec_for(desk.actor.organization, "payment"), payment.pk, {"amount": "1"})


def test_other_currency_needs_a_rate_and_keeps_the_difference(desk: Desk) -> None:
    enter_rates(desk.actor, [NewRate("USD", DAY, Decimal("7.1")), NewRate("USD", date(2026, 3, 9), Decimal("7.2"))])
    order = desk.order(100, currency="USD")
    foreign = desk.receipt(50, currency="EUR")
    with pytest.raises(NoRate):
        allocate(desk.actor, foreign.pk, [Target(order.pk, Decimal(50))])
    payment = desk.receipt(720, currency="CNY", paid_on="2026-03-09")
    allocate(desk.actor, payment.pk, [Target(order.pk, Decimal(720))])
    row = Allocation.objects.get()
    assert (row.order_amount, row.rate.normalize()) == (100, Decimal("0.1388888889"))
    assert (row.difference, balance_of(order).open) == (10, 0)


def test_receipts_wait_for_confirmation_where_wished(desk: Desk, scope: Cast) -> None:
    BillingSettings.objects.create(organization=scope.organization, needs_confirmation=True)
    order, sales = desk.order(100), scope.actor("owner")
    values = {"customer": str(desk.customer.pk), "amount": "100"}
    payment = record_payment(sales, values, [Target(order.pk, Decimal(100))])
    assert (payment.state, payment.unallocated, balance_of(order).paid) == ("waiting", 0, 0)
    with pytest.raises(NotAllowed):
        confirm_payment(sales, payment.pk)
    confirm_payment(desk.actor, payment.pk)
    assert balance_of(order).paid == 100


def test_invoice_goes_from_request_to_number_without_gaps(desk: Desk, scope: Cast) -> None:
    order = desk.order(lines=[{"name": "Pump", "quantity": "2", "unit_price": "100", "tax_rate": "13"}])
    sales = scope.actor("owner")
    asked = request_invoice(sales, {"order": order.pk, "kind": "plain"})
    with pytest.raises(NotAllowed):
        approve_invoice(sales, asked.pk)
    with pytest.raises(Conflict):
        issue_invoice(desk.actor, asked.pk)
    refuse_invoice(desk.actor, asked.pk, reason="Wrong buyer")
    first = desk.issued(order)
    year = first.issued_on.year if first.issued_on else 0
    assert first.official_number == f"INV-{year}-000001"
    cancel_invoice(desk.actor, first.pk, reason="Mistake")
    second = desk.issued(order)
    assert second.official_number == f"INV-{year}-000002"
    first.refresh_from_db()
    assert (first.state, first.official_number) == ("cancelled", f"INV-{year}-000001")
    with pytest.raises(Invalid):
        door.update(desk.actor, spec_for(desk.actor.organization, "invoice"), second.pk, {"title": "Another"})
    with pytest.raises(Conflict):
        recycle.delete(desk.actor, spec_for(desk.actor.organization, "invoice"), [second.pk])
    with pytest.raises(Invalid):
        save_series(desk.actor, None, {"name": "Bad", "pattern": "INV-{number}"})


def test_official_invoice_needs_tax_number_and_number_of_the_tax_office(desk: Desk) -> None:
    order = desk.order(lines=[{"name": "Pump", "quantity": "1", "unit_price": "113", "tax_rate": "13"}])
    base = {"order": order.pk, "kind": "digital_special", "title": "上海榕树有限公司"}
    for number, wrong in (("", "required"), ("91350100M000100Y44", "wrong_check_digit"), ("123", "wrong_tax_number")):
        with pytest.raises(Invalid) as problem:
            request_invoice(desk.actor, {**base, "tax_number": number})
        assert codes(problem) == {wrong}
    with pytest.raises(Unconfirmed):
        request_invoice(desk.actor, {**base, "tax_number": "350100123456789"})
    made = request_invoice(desk.actor, {**base, "tax_number": "91350100m000100y43"})
    assert (made.amount, made.net_amount, made.tax_amount) == (113, 100, 13)
    approve_invoice(desk.actor, made.pk)
    for number in ("", "123", "1" * 19):
        with pytest.raises(Invalid):
            issue_invoice(desk.actor, made.pk, number=number)
    with pytest.raises(Invalid):
        issue_invoice(desk.actor, made.pk, number="2" * 20, issued_on=today("Asia/Shanghai") + timedelta(days=2))
    issue_invoice(desk.actor, made.pk, number="2" * 20)
    note = credit_invoice(desk.actor, made.pk, reason="Wrong price")
    assert note.amount == -113
    approve_invoice(desk.actor, note.pk)
    with pytest.raises(Invalid) as problem:
        issue_invoice(desk.actor, note.pk, number="3" * 20)
    assert codes(problem) == {"required"}


def test_nobody_invoices_more_than_is_left(desk: Desk) -> None:
    order = desk.order(lines=[{"name": "Pump", "quantity": "10", "unit_price": "9.99", "tax_rate": "13"}])
    line = OrderLine.objects.get(order=order)
    request_invoice(desk.actor, {"order": order.pk}, [{"order_line": line.pk, "quantity": "4"}])
    for wrong in ({"quantity": "6.001"}, {"quantity": "-1"}, {"quantity": "0"}, {"amount": "59.95"}):
        with pytest.raises(Invalid) as problem:
            request_invoice(desk.actor, {"order": order.pk}, [{"order_line": line.pk, **wrong}])
        assert codes(problem) == {"more_than_rest"}
    draft = desk.order(10, status="draft")
    with pytest.raises(Refused):
        request_invoice(desk.actor, {"order": draft.pk})
    whole = desk.order(50)
    part = request_invoice(desk.actor, {"order": whole.pk}, [{"amount": "20", "tax_rate": "6"}])
    assert part.net_amount + part.tax_amount == 20
    with pytest.raises(Invalid):
        request_invoice(desk.actor, {"order": whole.pk}, [{"amount": "30.01"}])


def test_return_is_credited_and_the_customer_owes_less(desk: Desk) -> None:
    from banyan.orders.public import OrderReturn, request_return  # noqa: PLC0415 beside its only use
    from banyan.orders.services.returning import approve, receive  # noqa: PLC0415 as above

    order = desk.order(lines=[{"name": "Pump", "quantity": "10", "unit_price": "10", "tax_rate": "13"}])
    line = OrderLine.objects.get(order=order)
    record_delivered(desk.actor, {line.pk: Decimal(10)})
    desk.issued(order, [{"order_line": line.pk, "quantity": "9"}])
    found = request_return(
        desk.actor, {"order": str(order.pk), "reason": "Broken"}, [{"order_line": str(line.pk), "quantity": "3"}]
    )
    approve(desk.actor, found.pk)
    receive(desk.actor, found.pk)
    note = Invoice.objects.get(is_return=True)
    assert [row.quantity for row in InvoiceLine.objects.filter(invoice=note)] == [Decimal(-2)]
    assert balance_of(order).credited == 10
    assert OrderReturn.objects.get().status == "received"
    desk.issue(note.pk)
    assert OrderReturn.objects.get().status == "credited"
    balance = balance_of(order)
    assert (balance.credited, balance.due, balance.to_invoice) == (30, 70, 0)
    with pytest.raises(Refused):
        request_invoice(desk.actor, {"order": order.pk})


def test_credit_limit_warns_or_blocks_and_can_be_released(desk: Desk, scope: Cast) -> None:
    BillingSettings.objects.create(organization=scope.organization, credit_mode="warn", level_limits={"a": "150"})
    door.update(desk.actor, spec_for(desk.actor.organization, "customer"), desk.customer.pk, {"level": "a"})
    desk.order(100)
    draft = desk.order(100, status="draft")
    with pytest.raises(Unconfirmed):
        confirm(desk.actor, draft.pk)
    CustomerTerms.objects.create(organization=scope.organization, customer=desk.customer, credit_mode="block")
    with pytest.raises(Invalid) as problem:
        confirm(desk.actor, draft.pk)
    assert codes(problem) == {"credit_limit"}
    with pytest.raises(NotAllowed):
        release_credit(scope.actor("owner"), draft.pk, reason="They always pay")
    release_credit(desk.actor, draft.pk, reason="They always pay")
    confirm(desk.actor, draft.pk)
    credit = credit_of(scope.organization, desk.customer.pk)
    assert (credit.exposure, credit.left) == (200, -50)
    desk.receipt(200)
    assert credit_of(scope.organization, desk.customer.pk).exposure == 0


def test_ageing_and_account_tell_the_same(desk: Desk) -> None:
    late = desk.order(100, ordered_on="2026-01-01")
    add_instalments(desk.actor, late.pk, [{"name": "A", "amount": "60", "due_on": "2026-03-01"}])
    desk.order(50, ordered_on="2026-03-01")
    desk.receipt(30, Target(late.pk, Decimal(30)))
    assert next(item.order_id for item in open_items(desk.actor)) == late.pk
    day = date(2026, 4, 15)
    (row,) = ageing(desk.actor, by="customer", day=day).rows
    assert row.amounts == [Decimal(0), Decimal(50), Decimal(30), Decimal(40), Decimal(0)]
    (account,) = accounts_of(desk.actor, desk.customer.pk, date(2026, 1, 1), day)
    assert account.balance == row.total == 120


def test_reminders_go_out_once_for_each_stage_and_can_be_stopped(desk: Desk, scope: Cast) -> None:
    BillingSettings.objects.create(organization=scope.organization, reminds_customer=True)
    CustomerTerms.objects.create(organization=scope.organization, customer=desk.customer, email="pay@harbor.example")
    door.update(desk.actor, spec_for(desk.actor.organization, "customer"), desk.customer.pk, {"language": "zh-hans"})
    order = desk.order(100)
    add_instalments(desk.actor, order.pk, [{"name": "A", "amount": "100", "due_on": "2026-03-10"}])
    for day, stages in ((date(2026, 3, 8), 1), (date(2026, 3, 8), 1), (date(2026, 3, 10), 2), (date(2026, 3, 25), 3)):
        for pk in due_reminders(desk.actor, day):
            send_reminder(pk)
        assert Reminder.objects.filter(sent_at__isnull=False).count() == stages
    assert len(mail.outbox) == 3
    assert "100" in mail.outbox[-1].body
    plan = PaymentPlan.objects.get()
    door.update(desk.actor, spec_for(desk.actor.organization, "payment_plan"), plan.pk, {"promised_on": "2026-05-01"})
    assert due_reminders(desk.actor, date(2026, 4, 20)) == []
    assert len(due_reminders(desk.actor, date(2026, 5, 2))) == 1


def test_bank_lines_find_their_customer_and_are_recorded_once(desk: Desk) -> None:
    order = desk.order("88.50")
    text = "交易日期,收入金额,对方户名,摘要\n2026-03-04,88.50,Harbor Light Trading,货款\n2026-03-04,-5,Bank,fee\n2026-03-05,7,Nobody,?"
    read = read_statement(desk.actor, text, currency="CNY")
    assert (read.taken, read.known, read.skipped) == (2, 0, 1)
    assert read_statement(desk.actor, text, currency="CNY").known == 2
    rows = {row.payer_name: row for row in BankLine.objects.all()}
    matches = matches_of(desk.actor, list(rows.values()))
    match = matches[rows["Harbor Light Trading"].pk]
    assert match.is_exact
    assert rows["Nobody"].pk not in matches
    record_line(desk.actor, rows["Harbor Light Trading"].pk, match.customer_id, match.targets)
    assert balance_of(order).open == 0
    with pytest.raises(Conflict):
        record_line(desk.actor, rows["Harbor Light Trading"].pk, match.customer_id)
    ignore_line(desk.actor, rows["Nobody"].pk)
    for wrong in ("", "?", "date,amount\n2026-13-01,5", "date,amount\n2026-01-01,five"):
        with pytest.raises(Invalid):
            read_statement(desk.actor, wrong, currency="CNY")


def subscription(desk: Desk, **values: Any) -> Subscription:
    given = {
        "customer": str(desk.customer.pk),
        "name": "Cloud",
        "unit_price": "300",
        "starts_on": "2026-01-31",
        **values,
    }
    made = door.create(desk.actor, spec_for(desk.actor.organization, "subscription"), given)
    return Subscription.objects.get(pk=made.pk)


def test_subscription_makes_each_period_once_and_catches_up(desk: Desk) -> None:
    found = subscription(desk)
    assert len(renew(desk.actor, found.pk, date(2026, 3, 31))) == 3
    assert renew(desk.actor, found.pk, date(2026, 3, 31)) == []
    starts = list(Renewal.objects.order_by("starts_on").values_list("starts_on", flat=True))
    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert {renewal.order.amount for renewal in Renewal.objects.all() if renewal.order} == {Decimal(300)}


def test_change_in_a_period_is_charged_or_credited_by_days(desk: Desk) -> None:
    found = subscription(desk, starts_on="2026-06-01")
    renew(desk.actor, found.pk, date(2026, 6, 1))
    _found, order = change_subscription(
        desk.actor, found.pk, quantity=Decimal(2), unit_price=Decimal(300), on=date(2026, 6, 16)
    )
    assert order is not None
    assert order.amount == 150
    found, order = change_subscription(
        desk.actor, found.pk, quantity=Decimal(1), unit_price=Decimal(300), on=date(2026, 6, 21)
    )
    assert (order, found.credit) == (None, Decimal(100))
    (after,) = renew(desk.actor, found.pk, date(2026, 7, 1))
    found.refresh_from_db()
    assert (after.amount, found.credit) == (200, 0)


def test_recurring_revenue_is_reconciled_month_by_month(desk: Desk) -> None:
    yearly = subscription(desk, period="year", unit_price="1200", starts_on="2026-01-05")
    monthly = subscription(desk, starts_on="2026-02-01")
    RevenueMovement.objects.filter(subscription=monthly).update(on=date(2026, 2, 1))
    renew(desk.actor, monthly.pk, date(2026, 2, 1))
    change_subscription(desk.actor, monthly.pk, quantity=Decimal(2), unit_price=Decimal(300), is_prorated=False)
    pause_subscription(desk.actor, monthly.pk)
    resume_subscription(desk.actor, monthly.pk)
    cancel_subscription(desk.actor, yearly.pk, reason="Too dear", ends_on=date(2026, 1, 5))
    day = today("Asia/Shanghai")
    months = months_of(desk.actor, day, 12 * (day.year - 2024))["CNY"]
    for before, after in pairwise(months):
        assert after.opening == before.closing
    running = Subscription.objects.filter(state="active").values_list("monthly_amount", flat=True)
    assert months[-1].closing == sum(running) == 600
    assert sum(month.churn for month in months) == 100
    with pytest.raises(Conflict):
        cancel_subscription(desk.actor, yearly.pk, reason="Again")
    with pytest.raises(Invalid):
        subscription(desk, unit_price="-1")


def test_invoice_header_is_one_default_and_has_a_right_number(desk: Desk, scope: Cast) -> None:
    scope.organization.country = "CN"
    scope.organization.save(update_fields=["country"])
    actor = scope.actor("admin")
    with pytest.raises(Invalid):
        save_header(actor, desk.customer.pk, None, {"title": "榕树", "tax_number": "91350100M000100Y44"})
    save_header(actor, desk.customer.pk, None, {"title": "榕树", "tax_number": "91350100M000100Y43"})
    save_header(actor, desk.customer.pk, None, {"title": "榕树二", "is_default": True})
    order = desk.order(10)
    assert request_invoice(actor, {"order": order.pk}).title == "榕树二"


def test_balances_ask_the_database_the_same_however_many_orders(desk: Desk, django_assert_max_num_queries: Any) -> None:
    orders = [desk.order(10) for _number in range(4)]
    with django_assert_max_num_queries(3):
        balances((order.pk, order.amount) for order in orders)


def test_day_passes_and_instalments_grow_due(desk: Desk) -> None:
    order = desk.order(10)
    add_instalments(desk.actor, order.pk, [{"name": "A", "amount": "10", "due_on": "2030-05-10"}])
    states = []
    for day in (date(2030, 5, 1), date(2030, 5, 8), date(2030, 5, 11)):
        refresh_plans(desk.actor.organization_id, None, day)
        states.append(plans(order)[0][3])
    assert states == ["waiting", "due_soon", "overdue"]
    context = WriteContext.for_actor(desk.actor)
    payment = desk.receipt(10, Target(order.pk, Decimal(10)))
    assert plans(order)[0][3] == "paid"
    take_back(desk.actor, payment.pk, [Allocation.objects.get().pk])
    assert plans(order)[0][2] == 0
    door.update(desk.actor, spec_for(desk.actor.organization, "payment_plan"), PaymentPlan.objects.get().pk,
                {"is_void": True}, context=context)  # fmt: skip
    assert plans(order)[0][3] == "void"


def test_paper_of_an_invoice_multiplies_out(desk: Desk) -> None:
    lines = [
        {"name": "Motor", "quantity": "3", "unit_price": "1299.99", "discount_percent": "12.5", "tax_rate": "13"},
        {"name": "Cable", "quantity": "33.333", "unit_price": "19.99", "tax_rate": "9"},
    ]
    order = desk.order(lines=lines, prices_include_tax=True)
    invoice = desk.issued(order)
    with override("zh-hans"):
        paper = invoice_paper(desk.actor, {"id": invoice.pk})
    for row, line in zip(
        paper.tables[0].rows, InvoiceLine.objects.filter(invoice=invoice).order_by("position"), strict=True
    ):
        price = Decimal(str(row[3]).replace(",", ""))
        assert (price * line.quantity).quantize(Decimal("0.01"), ROUND_HALF_UP) == line.net_amount
    assert any("年" in text and text.endswith("日") for _label, text in paper.facts)
