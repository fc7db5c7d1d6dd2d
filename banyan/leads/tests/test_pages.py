"""Pages of leads: converting, giving up, the pool, settings and the report, through a browser."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from banyan.core.kernel.errors import Invalid
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Customer
from banyan.leads.models import Lead, LeadForm, LeadMovement, LeadQuestion, ScoreRule
from banyan.leads.public import save_setting
from banyan.leads.tests.conftest import call, change, make
from banyan.sales.public import Opportunity
from tests.cast import Cast, sign_in

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def lead_id(users: Cast) -> uuid.UUID:
    with organization_scope(users.organization.pk):
        return make(users.actor("owner"), company="Harbor Light", phone="13912345000", needs="Pumps").pk


def english(cast: Cast, name: str) -> Client:
    return sign_in(cast, name, **{"Accept-Language": "en"})


def test_record_page_says_what_decides_the_next_step(users: Cast, lead_id: uuid.UUID) -> None:
    browser = english(users, "owner")

    page = browser.get(f"/leads/{lead_id}").text
    children = browser.get(f"/leads/{lead_id}/children").text

    assert "Answer by" in page
    assert f'href="/leads/{lead_id}/convert"' in page
    assert "Budget: there is money for it" in children
    assert "Can be called" in children
    assert "+15" in children


def test_lead_is_converted_in_one_dialog_and_the_message_takes_it_back(users: Cast, lead_id: uuid.UUID) -> None:
    browser = english(users, "owner")
    dialog = browser.get(f"/leads/{lead_id}/convert", headers=DIALOG)
    assert "New: Harbor Light" in dialog.text

    answer = browser.post(
        f"/leads/{lead_id}/convert",
        {"customer": "new", "customer_name": "Harbor Light Ltd", "contact": "new", "with_opportunity": "true",
         "opportunity_name": "Pumps 2027", "amount": "1200"},
        headers=DIALOG,
    )  # fmt: skip

    assert answer.status_code == 204
    assert "Li Lei is a customer now." in answer.headers["HX-Trigger"]
    with organization_scope(users.organization.pk):
        assert Customer.objects.get().name == "Harbor Light Ltd"
        assert str(Opportunity.objects.get().amount) == "1200.00"
    assert "Harbor Light Ltd" in browser.get(f"/leads/{lead_id}").text
    again = browser.get(f"/leads/{lead_id}/convert", headers=DIALOG)
    assert again.status_code == 409
    back = browser.post(f"/leads/{lead_id}/reverse", {"removes": "true"}, headers=DIALOG)
    assert back.status_code == 204
    with organization_scope(users.organization.pk):
        assert not Customer.objects.filter(deleted_at=None).exists()


def test_customer_shows_what_happened_while_it_was_a_lead(users: Cast, lead_id: uuid.UUID) -> None:
    browser = english(users, "owner")
    with organization_scope(users.organization.pk):
        call(users.actor("owner"), Lead.objects.get(pk=lead_id))
    browser.post(f"/leads/{lead_id}/convert", {"customer": "new", "contact": "new"}, headers=DIALOG)
    with organization_scope(users.organization.pk):
        customer = Customer.objects.get()

    page = browser.get(f"/customers/{customer.pk}").text

    assert "came in" in page
    assert page.count('<div class="entry-text">Spoke about the order') == 1


def test_existing_customer_is_named_beside_the_lead(users: Cast, lead_id: uuid.UUID) -> None:
    browser = english(users, "owner")
    browser.post("/customers/new", {"name": "Harbor Light", "phone": "13912345000"})

    hint = browser.get(f"/leads/{lead_id}/existing").text

    assert "There may be a customer already" in hint
    assert "same phone" in hint


def test_giving_up_needs_a_reason_and_a_day_in_the_future(users: Cast, lead_id: uuid.UUID) -> None:
    browser = english(users, "owner")

    assert browser.post(f"/leads/{lead_id}/disqualify", {}, headers=DIALOG).status_code == 422
    past = browser.post(f"/leads/{lead_id}/recycle", {"reason": "bad_timing", "again_on": "2020-01-01"}, headers=DIALOG)
    assert "Choose a day in the future." in past.text
    good = browser.post(
        f"/leads/{lead_id}/recycle",
        {"reason": "bad_timing", "again_on": "2099-01-01", "into_pool": "1"},
        headers=DIALOG,
    )
    assert good.status_code == 204
    with organization_scope(users.organization.pk):
        lead = Lead.objects.get(pk=lead_id)
    assert (lead.status, lead.reason, lead.owner_id) == ("recycled", "bad_timing", None)
    assert browser.post(f"/leads/{lead_id}/reopen", headers=DIALOG).status_code == 204
    with organization_scope(users.organization.pk):
        assert Lead.objects.values_list("status", "reason", "again_on").get(pk=lead_id) == ("new", "", None)


def test_tick_shows_who_ticked_and_lets_the_lead_be_qualified(users: Cast, lead_id: uuid.UUID) -> None:
    browser = english(users, "owner")
    with organization_scope(users.organization.pk), pytest.raises(Invalid) as refusal:
        change(users.actor("owner"), lead_id, status="qualified")
    assert "Budget: there is money for it" in str(refusal.value.message)
    with organization_scope(users.organization.pk):
        questions = list(LeadQuestion.objects.filter(is_needed=True))

    for question in questions:
        answer = browser.post(
            f"/leads/{lead_id}/tick/{question.pk}", {"ticked": "true"}, headers={"HX-Request": "true"}
        )
        assert "Olga Owner" in answer.text
    with organization_scope(users.organization.pk):
        assert change(users.actor("owner"), lead_id, status="qualified").status == "qualified"


def test_pool_hides_names_until_a_lead_is_claimed_and_keeps_the_limit(users: Cast) -> None:
    with organization_scope(users.organization.pk):
        admin = users.actor("admin")
        leads = [make(admin, name, phone="13912345000", company="Quiet River", owner=None) for name in ("Anna", "Bert")]
        save_setting(admin, claim_limit=1)
    browser = english(users, "salesperson")

    page = browser.get("/leads/pool").text
    assert "Quiet River" in page
    assert "Anna" not in page
    assert "13912345000" not in page
    first = browser.post(f"/leads/claim?ids={leads[0].pk}", headers={"HX-Request": "true"})
    second = browser.post(f"/leads/claim?ids={leads[1].pk}", headers={"HX-Request": "true"})
    late = english(users, "teammate").post(f"/leads/claim?ids={leads[0].pk}", headers={"HX-Request": "true"})

    assert first.status_code == 204
    assert "One may claim at most 1 leads a day." in second.text
    assert "somebody was faster" in late.text
    assert browser.get(f"/leads/{leads[0].pk}").status_code == 200
    released = browser.post("/leads/release", {"ids": str(leads[0].pk), "reason": "No time"}, headers=DIALOG)
    assert released.status_code == 204
    with organization_scope(users.organization.pk):
        kinds = list(LeadMovement.objects.order_by("at").values_list("kind", "reason"))
    assert kinds == [("claimed", ""), ("released", "No time")]


def test_several_leads_are_converted_from_the_list(users: Cast, lead_id: uuid.UUID) -> None:
    browser = english(users, "owner")
    asked = browser.get(f"/leads/convert?ids={lead_id}", headers=DIALOG)
    assert "Convert 1 lead" in asked.text

    done = browser.post("/leads/convert", {"ids": str(lead_id), "sent": "1", "attaches": "true"}, headers=DIALOG)

    assert "1 lead is converted." in done.headers["HX-Trigger"]


def test_report_counts_people_and_sources(users: Cast, lead_id: uuid.UUID) -> None:
    with organization_scope(users.organization.pk):
        call(users.actor("owner"), Lead.objects.get(pk=lead_id))

    page = english(users, "manager").get("/leads/statistics?days=90").text

    assert "Olga Owner" in page
    assert "100 %" in page


def test_leads_are_absent_in_the_basic_edition(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="basic")
    browser = english(cast, "admin")

    for url in ("/leads", "/leads/pool", "/leads/statistics", "/settings/leads", "/leads/convert"):
        assert browser.get(url).status_code == 404, url
    for name in ("admin", "salesperson", "viewer"):
        day = english(cast, name).get("/")
        assert day.status_code == 200, name
        assert 'href="/leads' not in day.text


def settings(browser: Client, url: str, values: dict[str, Any]) -> Any:
    return browser.post(f"/settings/leads{url}", values)


def test_administrator_shapes_leads_and_nobody_else(users: Cast) -> None:
    browser = english(users, "admin")
    for tab in ("", "/forms", "/forms/new", "/scores", "/scores/new", "/checklist", "/checklist/new", "/mapping"):
        assert browser.get(f"/settings/leads{tab}").status_code == 200, tab
        assert english(users, "owner").get(f"/settings/leads{tab}").status_code == 403, tab
    tree = '{"field": "company", "op": "contains", "value": "Harbor"}'

    assert settings(browser, "/scores/new", {"name": "Known", "points": "0", "condition": tree}).status_code == 422
    assert settings(browser, "/scores/new", {"name": "Known", "points": "5", "condition": ""}).status_code == 422
    assert (
        settings(
            browser, "/scores/new", {"name": "Known", "points": "5", "condition": tree, "is_active": "1"}
        ).status_code
        == 303
    )
    assert settings(browser, "/checklist/new", {"text": "Is there a plan?", "is_needed": "1"}).status_code == 303
    general = {"answer_minutes": "30", "works_from": "08:00", "works_until": "07:00", "counts_working_time": "1",
               "working_days": ["1"], "claim_limit": "3", "hold_limit": "0", "release_days": "5", "notice_days": "1"}  # fmt: skip
    assert "ends later than it begins" in settings(browser, "", general).text
    assert settings(browser, "", {**general, "works_until": "17:00"}).status_code == 303
    twice = settings(browser, "/mapping", {"customer.company": "name", "customer.name": "name"})
    assert "takes the values of two fields" in twice.text
    with organization_scope(users.organization.pk):
        assert ScoreRule.objects.filter(name="Known", points=5).exists()


def test_administrator_designs_a_form(users: Cast) -> None:
    browser = english(users, "admin")
    values = {"name": "Contact", "is_active": "1", "destination": "rules", "source": "website", "asked": ["email", "name"],
              "place_email": "2", "place_name": "1", "required_email": "1", "en_name": "Your name", "sites": "https://Example.com/a"}  # fmt: skip

    nobody = settings(browser, "/forms/new", {**values, "asked": ["needs"]})
    made = settings(browser, "/forms/new", values)

    assert "without it nobody can answer" in nobody.text
    assert made.status_code == 303
    with organization_scope(users.organization.pk):
        form = LeadForm.objects.get()
    assert [entry["name"] for entry in form.fields] == ["name", "email"]
    assert form.sites == ["https://example.com"]
    page = browser.get(f"/settings/leads/forms/{form.pk}").text
    assert "&lt;iframe src=" in page
    assert settings(browser, f"/forms/{form.pk}/delete", {}).status_code == 303
