from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX, make, news, page_text, stored, toast
from banyan.customers.models import Activity, Customer
from tests.cast import Cast, sign_in


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(cast, "admin")


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return make(cast, "customer", {"name": "Harbor Light"})[0]


def logged(cast: Cast) -> list[Activity]:
    with organization_scope(cast.organization.pk):
        return list(Activity.objects.order_by("created_at"))


def test_follow_up_is_logged_from_the_customers_page_with_its_next_date(
    cast: Cast, browser: Client, customer: Customer
) -> None:
    sent = {"about": f"customer:{customer.pk}", "kind": "call", "text": "Asked for a quote", "next_on": "2026-12-01"}

    response = browser.post("/follow-ups/quick", sent, headers=HX)

    assert toast(response) == "The follow-up was logged."
    assert "activities" in news(response)["records-changed"]["object"].split()
    text = page_text(browser.get(f"/customers/{customer.pk}"))
    assert "Ada Admin Call" in text
    assert "Asked for a quote Dec 1, 2026" in text
    assert stored(cast, customer).next_follow_up_on.isoformat() == "2026-12-01"


def test_customers_page_has_the_box_ready(browser: Client, customer: Customer) -> None:
    html = browser.get(f"/customers/{customer.pk}").content.decode()

    assert f'name="about" value="customer:{customer.pk}"' in html
    assert 'action="/follow-ups/quick"' in html


def test_list_row_opens_the_box_with_the_cursor_in_the_text(browser: Client, customer: Customer) -> None:
    assert f"/follow-ups/quick?about=customer:{customer.pk}" in browser.get("/customers").content.decode()

    response = browser.get(f"/follow-ups/quick?about=customer:{customer.pk}", headers=DIALOG)

    assert "Log a follow-up: Harbor Light" in page_text(response)
    assert "autofocus></textarea>" in response.content.decode().replace(
        "autofocus ></textarea>", "autofocus></textarea>"
    )


def test_follow_up_is_logged_for_a_customer_chosen_in_the_dialog(
    cast: Cast, browser: Client, customer: Customer
) -> None:
    assert 'data-url="/pick/customer"' in browser.get("/follow-ups/quick", headers=DIALOG).content.decode()

    browser.post(
        "/follow-ups/quick", {"customer": str(customer.pk), "kind": "visit", "text": "Saw the plant"}, headers=DIALOG
    )

    (activity,) = logged(cast)
    assert (activity.customer_id, activity.type, activity.text) == (customer.pk, "visit", "Saw the plant")


def test_dialog_keeps_what_was_entered_when_the_customer_is_missing(cast: Cast, browser: Client) -> None:
    response = browser.post("/follow-ups/quick", {"kind": "visit", "text": "Saw the plant"}, headers=DIALOG)

    assert response.status_code == 422
    assert "Choose the customer." in page_text(response)
    assert "Saw the plant" in page_text(response)
    assert logged(cast) == []


def test_follow_up_about_an_opportunity_belongs_to_its_customer_too(
    cast: Cast, browser: Client, customer: Customer
) -> None:
    (deal,) = make(cast, "opportunity", {"name": "Forty sensors", "customer": str(customer.pk)})

    browser.post("/follow-ups/quick", {"about": f"opportunity:{deal.pk}", "text": "Talked about price"}, headers=HX)

    assert logged(cast)[0].customer_id == customer.pk
    assert "Talked about price" in page_text(browser.get(f"/opportunities/{deal.pk}"))
    assert "Talked about price" in page_text(browser.get(f"/customers/{customer.pk}"))


def test_follow_up_with_a_contact_belongs_to_its_customer_too(cast: Cast, browser: Client, customer: Customer) -> None:
    (contact,) = make(cast, "contact", {"name": "Maria Keller", "customer": str(customer.pk)})

    browser.post("/follow-ups/quick", {"about": f"contact:{contact.pk}", "text": "Met at the fair"}, headers=HX)

    assert (logged(cast)[0].contact_id, logged(cast)[0].customer_id) == (contact.pk, customer.pk)
    assert "Met at the fair" in page_text(browser.get(f"/contacts/{contact.pk}"))


def test_follow_up_without_scripts_leads_back_to_the_record(browser: Client, customer: Customer) -> None:
    response = browser.post("/follow-ups/quick", {"about": f"customer:{customer.pk}", "text": "Called"})

    assert (response.status_code, response["Location"]) == (303, f"/customers/{customer.pk}")


def test_follow_up_is_refused_when_the_role_only_reads(cast: Cast, customer: Customer) -> None:
    viewer = sign_in(cast, "viewer")

    response = viewer.post("/follow-ups/quick", {"about": f"customer:{customer.pk}", "text": "Called"}, headers=HX)

    assert response.status_code == 403
    assert "composer" not in viewer.get(f"/customers/{customer.pk}").content.decode()
    assert logged(cast) == []


def test_follow_up_about_a_record_that_may_not_be_seen_is_refused(cast: Cast, customer: Customer) -> None:
    salesperson = sign_in(cast, "salesperson")

    response = salesperson.post("/follow-ups/quick", {"about": f"customer:{customer.pk}", "text": "Called"}, headers=HX)

    assert response.status_code == 422
    assert logged(cast) == []
