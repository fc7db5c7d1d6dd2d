"""An order's page names the receipts that have paid it, and those that wait, so that nobody records one twice."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.billing.models import BillingSettings
from banyan.billing.services.allocating import Target
from banyan.billing.services.invoicing import request_invoice
from banyan.billing.services.payments import reverse_payment
from banyan.billing.tests.conftest import Desk, money
from banyan.core.kernel.clock import today
from banyan.core.web.tests.pages import DIALOG, HX, page_text, toast
from banyan.orders.public import Order
from tests.cast import Cast, sign_in


@pytest.fixture
def order(desk: Desk) -> Order:
    return desk.order(1000, owner=str(desk.actor.user_id))


def money_of(browser: Client, order: Order) -> str:
    return page_text(browser.get(f"/billing/orders/{order.pk}/money", headers=HX))


def test_order_names_what_has_paid_it_and_not_what_was_reversed(desk: Desk, order: Order, scope: Cast) -> None:
    first = desk.receipt(300, Target(order.pk, money("300")))
    second = desk.receipt(100, Target(order.pk, money("100")))
    reverse_payment(desk.actor, second.pk, reason="Bounced")

    browser = sign_in(scope, "admin")
    shown = browser.get(f"/billing/orders/{order.pk}/money", headers=HX).content.decode()

    assert f'href="/payments/{first.pk}"' in shown
    assert re.search(rf"{first.number}.*CN¥300.*Bank transfer", page_text(browser.get(f"/orders/{order.pk}")))
    assert second.number not in shown


def test_receipt_that_waits_is_seen_and_not_asked_for_again(desk: Desk, order: Order, scope: Cast) -> None:
    BillingSettings.objects.create(organization=scope.organization, needs_confirmation=True)
    Order.objects.filter(pk=order.pk).update(owner=scope.users["owner"])
    url = f"/billing/orders/{order.pk}/payment"
    seller = sign_in(scope, "owner")
    given = {"amount": "400", "paid_on": "2026-03-03", "method": "transfer", "payer_name": "", "reference": ""}
    told = toast(seller.post(url, given, headers=DIALOG))

    assert told.endswith("is recorded and waits for confirmation.")
    text = money_of(seller, order)
    assert "Waiting for confirmation CN¥400" in text
    assert "Paid CN¥0" in text
    dialog = seller.get(url, headers=DIALOG).content.decode()
    assert "CN¥400 were recorded already and wait for confirmation" in dialog
    assert 'value="600.00"' in dialog


def test_receipt_beyond_what_is_open_says_what_stays_a_prepayment(order: Order, scope: Cast) -> None:
    given = {"amount": "1250", "paid_on": "2026-03-03", "method": "transfer", "payer_name": "", "reference": ""}
    told = toast(sign_in(scope, "admin").post(f"/billing/orders/{order.pk}/payment", given, headers=DIALOG))
    assert told.endswith("CN¥250 are more than was open and stay a prepayment.")


def test_invoice_shows_its_lines_with_prices_and_tax_by_rate(desk: Desk, scope: Cast) -> None:
    lines = [
        {"name": "Pump", "quantity": "2", "unit_price": "100", "tax_rate": "13", "unit": "pc"},
        {"name": "Training", "quantity": "1", "unit_price": "50", "tax_rate": "6"},
    ]
    order = desk.order(lines=lines, prices_include_tax=False)
    made = request_invoice(desk.actor, {"order": order.pk, "kind": "plain"})

    browser = sign_in(scope, "admin")
    text = page_text(browser.get(f"/invoices/{made.pk}"))

    assert re.search(r"Pump 2 pc CN¥100 13 % CN¥200 Training 1 CN¥50 6 % CN¥50", text)
    assert re.search(r"before tax CN¥250 .*6 % on CN¥50 CN¥3 .*13 % on CN¥200 CN¥26 Total CN¥279", text)
    assert f'href="/invoice-lines/new?invoice={made.pk}"' in browser.get(f"/invoices/{made.pk}/lines").content.decode()
    issued = desk.issue(made.pk)
    assert "invoice-lines/new" not in browser.get(f"/invoices/{issued.pk}/lines").content.decode()


def test_wrong_numbers_are_refused_in_words_of_the_matter(desk: Desk, order: Order, scope: Cast) -> None:
    browser = sign_in(scope, "admin")
    given = {"paid_on": "2026-03-03", "method": "transfer", "payer_name": "", "reference": ""}
    below = browser.post(f"/billing/orders/{order.pk}/payment", {**given, "amount": "-5"}, headers=DIALOG)
    assert "The amount must be above zero." in page_text(below)
    sold = desk.order(lines=[{"name": "Pump", "quantity": "2", "unit_price": "100"}])
    dialog = browser.get(f"/billing/orders/{sold.pk}/invoice", headers=DIALOG).content.decode()
    (name,) = set(re.findall(r'name="(part_[^"]+|line_[^"]+|quantity_[^"]+)"', dialog))
    over = browser.post(f"/billing/orders/{sold.pk}/invoice", {"kind": "plain", name: "3"}, headers=DIALOG)
    assert "At most 2 are left." in page_text(over)


def test_amounts_of_one_table_have_as_many_decimals(desk: Desk, scope: Cast) -> None:
    lines = [{"name": "Pump", "quantity": "1", "unit_price": "3064", "tax_rate": "8"}]
    order = desk.order(lines=lines, prices_include_tax=False)
    text = page_text(sign_in(scope, "admin").get(f"/orders/{order.pk}/lines-table", headers=HX))
    assert re.search(r"Pump 1 CN¥3,064\.00 8 % CN¥3,064\.00", text)
    assert re.search(r"8 % on CN¥3,064\.00 CN¥245\.12 Total CN¥3,309\.12", text)


def test_sums_by_age_have_as_many_decimals_as_one_of_them_needs(desk: Desk, scope: Cast) -> None:
    desk.order("1000")
    whole = page_text(sign_in(scope, "admin").get("/receivables"))
    desk.order("10.50", ordered_on=today(desk.actor.time_zone).isoformat())
    text = page_text(sign_in(scope, "admin").get("/receivables"))

    assert "CN¥1,000 " in whole
    assert "CN¥1,000.00" not in whole
    assert "Total CN¥10.50 – – – CN¥1,000.00 CN¥1,010.50" in text
