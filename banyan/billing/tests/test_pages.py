"""The pages, dialogs and paths of billing through HTTP, and who may not."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from banyan.billing.models import BankLine, BuyerHeader, InvoiceSeries, PaymentPlan, PlanTemplate, Subscription
from banyan.billing.services.allocating import Target
from banyan.billing.tests.conftest import Desk
from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.orders.public import Order
from tests.cast import Cast, api_client, sign_in


@pytest.fixture
def order(cast: Cast) -> Order:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard")
    with organization_scope(cast.organization.pk):
        desk = Desk(cast.actor("admin"))
        # The statement of account shows the last twelve months.
        day = str(today(cast.organization.time_zone) - timedelta(days=60))
        lines = [{"name": "Pump", "quantity": "2", "unit_price": "50", "tax_rate": "13"}]
        made = desk.order(lines=lines, ordered_on=day)
        desk.receipt(40, Target(made.pk, made.amount - 60), paid_on=day)  # type: ignore[operator]
    return made


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.content.decode()[:600])
    return answer.content.decode()


def sent(client: Client, url: str, **data: Any) -> str:
    answer = client.post(url, data)
    assert answer.status_code == 303, (url, answer.content.decode()[:900])
    return str(answer["Location"])


def call(client: Any, url: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{url}", json.dumps(body), content_type="application/json")
    assert answer.status_code == status, answer.content.decode()[:900]
    return answer.json()  # type: ignore[no-any-return]


def test_order_is_planned_invoiced_and_paid_from_its_page(cast: Cast, order: Order) -> None:
    browser, base = sign_in(cast, "admin"), f"/billing/orders/{order.pk}"
    assert "Record payment" in page(browser, f"/orders/{order.pk}")
    sent(browser, "/settings/billing/terms/usual")
    with organization_scope(cast.organization.pk):
        template = PlanTemplate.objects.get(name="30 days net")
    assert "30 days net" in page(browser, f"{base}/plan")
    sent(browser, f"{base}/plan", template=str(template.pk))
    with organization_scope(cast.organization.pk):
        plan = PaymentPlan.objects.get()
    assert "Reminders" in page(browser, f"/payment-plans/{plan.pk}")
    place = sent(browser, f"{base}/invoice", **_parts(page(browser, f"{base}/invoice")), kind="plain")
    sent(browser, f"{place}/approve")
    issued = sent(browser, f"{place}/issue", issued_on=str(order.ordered_on))
    assert "INV-2026-000001" in page(browser, issued)
    assert browser.get(f"/documents/invoice/{place.rsplit('/', 1)[1]}/print").status_code == 200
    credit = sent(browser, f"{place}/credit", **_parts(page(browser, f"{place}/credit")), reason="Wrong")
    sent(browser, f"{credit}/refuse", reason="It was right")
    sent(browser, f"{base}/payment", amount="60", paid_on="2026-03-09", method="cash")
    assert "Paid" in page(browser, f"{base}/money")
    assert browser.post(f"{base}/payment", {"amount": "-1"}).status_code == 422


def _parts(html: str) -> dict[str, str]:
    """Return the numbers that a dialog proposes, as a browser would send them back."""
    inputs = [tag for tag in re.findall(r"<input[^>]*>", html) if 'name="part_' in tag]
    found = [dict(re.findall(r'(name|value)="([^"]*)"', tag)) for tag in inputs]
    return {entry["name"]: entry.get("value", "") for entry in found}


def test_payment_is_allocated_given_back_and_reversed_in_dialogs(cast: Cast, order: Order) -> None:
    browser = sign_in(cast, "admin")
    with organization_scope(cast.organization.pk):
        desk = Desk(cast.actor("admin"))
        desk.customer = order.customer
        payment = desk.receipt(70)
    url = f"/payments/{payment.pk}"
    sent(browser, f"{url}/allocate", **_parts(page(browser, f"{url}/allocate")))
    assert "10 is not allocated: a prepayment" in page(browser, url)
    assert "Give back" in page(browser, f"{url}/refund")
    place = sent(browser, f"{url}/refund", amount="10", reason="Too much", source="")
    sent(browser, f"{place}/reverse", reason="Not sent")
    sent(browser, f"{url}/reverse", reason="Bounced")
    assert "Reversed" in page(browser, url)


def test_figures_open_with_everything_behind_them(cast: Cast, order: Order) -> None:
    browser = sign_in(cast, "admin")
    text = browser.get("/receivables").content.decode()
    assert "Harbor Light" in text
    foot = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", text[text.index("<tfoot>") : text.index("</tfoot>")])
    assert (foot[0], len(foot), foot[-1]) == ("Total", 7, "CN¥60")
    assert order.number in page(browser, f"/receivables?by=customer&customer={order.customer_id}")
    for by in ("owner", "department", "nonsense"):
        page(browser, f"/receivables?by={by}")
    answer = browser.get("/receivables/export")
    assert order.number in answer.content.decode()
    assert order.number in page(browser, f"/billing/customers/{order.customer_id}/statement")
    page(browser, f"/documents/account_statement/{order.customer_id}/print?language=zh-hans")
    assert "Credit limit" in page(browser, f"/billing/customers/{order.customer_id}/terms")
    sent(browser, f"/billing/customers/{order.customer_id}/terms", credit_limit="500", term_days="10")
    header = f"/billing/customers/{order.customer_id}/headers/new"
    sent(browser, header, kind="company", title="Harbor Light", tax_number="91350100M000100Y43")
    with organization_scope(cast.organization.pk):
        made = BuyerHeader.objects.get()
    sent(browser, f"/billing/customers/{order.customer_id}/headers/{made.pk}", delete="1", kind="company", title="x")
    assert "Credit left" in page(browser, f"/customers/{order.customer_id}")


def test_bank_statement_and_settings_through_their_pages(cast: Cast, order: Order) -> None:
    browser = sign_in(cast, "admin")
    page(browser, "/billing/bank")
    text = "date,amount,payer\n2026-03-09,60,Harbor Light Trading\n2026-03-09,5,Nobody"
    sent(browser, "/billing/bank/new", currency="CNY", text=text)
    assert "Harbor Light Trading" in page(browser, "/billing/bank")
    with organization_scope(cast.organization.pk):
        lines = {line.payer_name: line.pk for line in BankLine.objects.all()}
    sent(browser, f"/billing/bank/{lines['Harbor Light Trading']}/record-match")
    page(browser, f"/billing/bank/{lines['Nobody']}/record")
    sent(browser, f"/billing/bank/{lines['Nobody']}/record", customer=str(order.customer_id), allocates="on")
    assert browser.post("/billing/bank/new", {"currency": "CNY", "text": "?"}).status_code == 422
    page(browser, "/settings/billing")
    values = {"term_days": "20", "first_days": "5", "second_days": "10", "third_days": "20", "credit_mode": "warn"}
    sent(browser, "/settings/billing/change", **values, limit_a="1000")
    assert browser.post("/settings/billing/change", {**values, "second_days": "2"}).status_code == 422
    sent(browser, "/settings/billing/terms/new", name="Halves", rows="50, Now, confirmed, 0\n50, Later, delivered, 30")
    assert browser.post("/settings/billing/terms/new", {"name": "Bad", "rows": "50, Now"}).status_code == 422
    sent(browser, "/settings/billing/series/new", name="Main", pattern="M-{year}-{number:04d}", is_active="on")
    with organization_scope(cast.organization.pk):
        assert InvoiceSeries.objects.get().pattern == "M-{year}-{number:04d}"


def test_subscription_lives_through_its_page(cast: Cast, order: Order) -> None:
    browser = sign_in(cast, "admin")
    with organization_scope(cast.organization.pk):
        from banyan.billing.tests.test_flows import subscription  # noqa: PLC0415 beside its only use

        desk = Desk(cast.actor("admin"))
        found = subscription(desk, starts_on="2026-11-01")
    url = f"/subscriptions/{found.pk}"
    sent(browser, f"{url}/renew")
    sent(browser, f"{url}/change", quantity="2", unit_price="300", is_prorated="on")
    sent(browser, f"{url}/pause")
    sent(browser, f"{url}/resume")
    page(browser, url)
    sent(browser, f"{url}/cancel", reason="Too dear")
    assert "Recurring revenue" in page(browser, "/recurring-revenue")
    with organization_scope(cast.organization.pk):
        assert Subscription.objects.get(pk=found.pk).cancelled_on is not None


def test_programs_do_all_of_it(cast: Cast, order: Order) -> None:
    client = api_client(cast, "admin")
    target = {"order": str(order.pk), "amount": "30"}
    made = call(client, "payments", 201, customer=str(order.customer_id), amount="50", allocations=[target])
    assert (made["unallocated"], made["allocations"][0]["order_amount"]) == ("20.00", "30.00")
    one = f"payments/{made['id']}"
    assert call(client, f"{one}/allocations")["unallocated"] == "0.00"
    assert call(client, f"{one}/take-back", reason="Wrong order")["unallocated"] == "50.00"
    call(client, f"{one}/refund", 201, amount="5", reason="Too much")
    call(client, f"{one}/refund", 422, amount="500", reason="Too much")
    invoice = call(client, "invoices", 201, order=str(order.pk), kind="plain")
    assert invoice["amount"] == "100.00"
    bill = f"invoices/{invoice['id']}"
    call(client, f"{bill}/approve")
    call(client, f"{bill}/approve", 409)
    call(client, f"{bill}/issue")
    note = call(client, f"{bill}/credit", 201, reason="Wrong")
    assert note["amount"] == "-100.00"
    call(client, f"{bill}/cancel", 409, reason="No")
    assert client.get("/api/v1/receivables?by=owner").json()["items"][0]["total"] == "60.00"
    assert client.get("/api/v1/receivables?by=nobody").status_code == 400
    assert client.get("/api/v1/recurring-revenue").json() == {"items": []}


def test_small_teams_and_strangers_see_nothing_of_it(cast: Cast, strangers: Cast, order: Order) -> None:
    outsider = sign_in(strangers, "admin")
    Organization.objects.filter(pk=strangers.organization.pk).update(edition="standard")
    for url in (f"/billing/orders/{order.pk}/plan", f"/billing/customers/{order.customer_id}/statement"):
        assert outsider.get(url).status_code == 404
    reader = sign_in(cast, "viewer")
    for url in ("/billing/bank", f"/billing/orders/{order.pk}/payment", "/settings/billing"):
        assert reader.get(url).status_code == 403
    Organization.objects.filter(pk=cast.organization.pk).update(edition="basic")
    small = sign_in(cast, "admin")
    for url in ("/receivables", "/payments", "/billing/bank", "/recurring-revenue", "/settings/billing"):
        assert small.get(url).status_code == 404
    assert "Record payment" not in page(small, f"/orders/{order.pk}")
    assert api_client(cast, "admin").get("/api/v1/payments").status_code == 404
