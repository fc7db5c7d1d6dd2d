"""The first steps, from an empty installation to the first day."""

from __future__ import annotations

import re

import pytest
from django.test import Client, override_settings

from banyan.core.identity.models import Account, Role, User
from banyan.core.kernel.mail import mail_server
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.guide.choices import GuideChoice, guide_choices
from banyan.core.web.tests.pages import page_text
from tests.cast import Cast, sign_in

ENGLISH = {"Accept-Language": "en"}
FOUNDING = {
    "organization": "Northwind Studio",
    "name": "Fay Founder",
    "email": "fay@northwind.test",
    "password": "a founder's long sentence",
    "language": "en",
}


def organization() -> Organization:
    return Organization.objects.get(name="Northwind Studio")


def founder() -> Client:
    client = Client(headers=ENGLISH)
    client.post("/welcome/", FOUNDING)
    return client


def test_first_visitor_founds_the_organization_and_is_its_administrator(db: None) -> None:
    client = Client(headers=ENGLISH)
    assert client.get("/").headers["Location"] == "/sign-in?next=%2F"
    assert client.get("/sign-in?next=%2F").headers["Location"] == "/welcome/"

    assert client.post("/welcome/", FOUNDING).headers["Location"] == "/welcome/organization"

    assert client.get("/settings/people").status_code == 200
    assert (organization().language, organization().currency) == ("en", "USD")


def test_second_visitor_founds_nothing(db: None) -> None:
    founder()
    visitor = Client(headers=ENGLISH)

    assert visitor.get("/welcome/").headers["Location"] == "/sign-in"
    visitor.post("/welcome/", {**FOUNDING, "organization": "Mine", "email": "x@northwind.test"})

    assert Organization.objects.count() == 1
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("password", "short"), ("email", "no address"), ("organization", " "), ("name", "")]
)
def test_founding_keeps_nothing_when_an_entry_is_wrong(db: None, field: str, value: str) -> None:
    response = Client(headers=ENGLISH).post("/welcome/", {**FOUNDING, field: value})

    assert response.status_code == 422
    assert f'href="#field-{field}"' in response.text
    assert not Organization.objects.exists()


def test_welcome_speaks_the_language_that_is_chosen(db: None) -> None:
    assert "欢迎使用榕树 CRM" in Client(headers=ENGLISH).get("/welcome/?language=zh-hans").text


def test_company_step_keeps_what_was_said(db: None) -> None:
    client = founder()

    response = client.post(
        "/welcome/organization",
        {"industry": "media", "headcount": "5", "currency": "EUR", "time_zone": "Europe/Berlin"},
    )

    assert response.headers["Location"] == "/welcome/template"
    kept = organization()
    assert (kept.industry, kept.headcount, kept.currency, kept.time_zone) == ("media", 5, "EUR", "Europe/Berlin")
    assert client.get("/welcome/").headers["Location"] == "/welcome/template"


def test_every_step_can_be_skipped(db: None) -> None:
    client = founder()
    path = "/welcome/organization"
    for _step in range(4):
        skip = r'<a [^>]*href="(/welcome/\w+)"[^>]*>(?:Skip this step|Without a template|<svg)'
        found = re.search(skip, client.get(path).text)
        assert found, path
        path = found[1]

    assert path == "/welcome/done"
    assert client.post("/welcome/done").headers["Location"] == "/"
    assert organization().setup_finished_at is not None
    assert client.get("/welcome/").headers["Location"] == "/"


def test_template_of_the_industry_is_seen_taken_and_its_demo_records_go_again(db: None) -> None:
    client = founder()
    client.post("/welcome/organization", {"industry": "education", "currency": "CNY", "time_zone": "Asia/Shanghai"})
    seen = page_text(client.get("/welcome/template"))
    assert "Enrolment" in seen
    assert "Student, Parent or contact, Admission, Course" in seen
    assert client.post("/welcome/template", {"template": "unknown"}).status_code == 422

    answer = client.post("/welcome/template", {"template": "education", "demo": "on"})
    assert answer.headers["Location"] == "/welcome/colleagues"
    assert "You have this template already" in page_text(client.get("/welcome/template"))
    students = page_text(client.get("/customers?display=table"))
    assert "Zimo Lin" in students
    # A ticket and a campaign wait unseen for their modules.
    assert "There are 24 demo records here" in students
    assert "New student" in students
    client.post("/settings/configuration/demo/remove")
    students = page_text(client.get("/customers?display=table"))
    assert "Zimo Lin" not in students
    assert "demo records here" not in students

    client.post("/settings/words/customer", {"label_en": "Learner", "plural_en": "Learners", "field_level_en": "Stars"})
    page = page_text(client.get("/customers/new"))
    assert "New learner" in page
    assert "Stars" in page
    assert client.get("/settings/words/pipeline").status_code == 404
    client.post("/settings/words/customer", {})
    assert "New customer" in page_text(client.get("/customers/new"))


def colleagues(client: Client, emails: str):
    with organization_scope(organization().pk):
        member = Role.objects.get(key="member").pk
    return client.post("/welcome/colleagues", {"emails": emails, "role": str(member)})


def test_colleagues_get_links_to_copy_when_no_mail_server_is_set(db: None) -> None:
    page = colleagues(founder(), "ben@northwind.test, 王@northwind.test；ben@northwind.test\nnot an address").text

    links = re.findall(r'value="http://[^/"]+(/join/[^"]+)"', page)
    assert len(links) == 2
    assert "not:" in page
    assert Client().post(links[0], {"name": "Ben", "password": "another long sentence"}).status_code == 303


@override_settings(MAIL_SERVER=mail_server("smtp://localhost"))
def test_colleagues_get_mail_when_a_mail_server_is_set(db: None) -> None:
    client = founder()

    assert colleagues(client, "ben@northwind.test").headers["Location"] == "/welcome/data"
    with organization_scope(organization().pk):
        assert User.objects.filter(email="ben@northwind.test", account=None).exists()


def test_wrong_addresses_stay_in_the_form(db: None) -> None:
    response = colleagues(founder(), "nonsense")

    assert response.status_code == 422
    assert "nonsense" in response.text


def test_ways_to_the_first_data_are_offered_and_taken(db: None) -> None:
    client = founder()
    started = []

    def start(actor) -> str:
        started.append(actor.organization.name)
        return "/customers"

    guide_choices.add("test", GuideChoice("test", "Take a box", "Of samples", "inbox", start))
    try:
        assert "Take a box" in client.get("/welcome/data").text
        assert client.post("/welcome/data", {"choice": "test"}).headers["Location"] == "/customers"
        assert client.post("/welcome/data", {"choice": "unknown"}).status_code == 404
    finally:
        guide_choices.remove("test")
    assert started == ["Northwind Studio"]


def test_import_leads_to_the_choice_of_a_file(db: None) -> None:
    client = founder()
    assert "Import a file" in client.get("/welcome/data").text

    assert client.post("/welcome/data", {"choice": "import"}).headers["Location"] == "/imports/new?object=customer"


@pytest.mark.parametrize("step", ["organization", "colleagues", "data", "done"])
def test_steps_are_closed_to_members_and_visitors(cast: Cast, step: str) -> None:
    assert sign_in(cast, "owner").get(f"/welcome/{step}").status_code == 403
    assert sign_in(cast, "owner").post(f"/welcome/{step}").status_code == 403
    assert Client().get(f"/welcome/{step}").status_code == 302


def test_guide_can_be_opened_again_from_the_settings(cast: Cast) -> None:
    client = sign_in(cast, "admin")

    assert '"/welcome/organization"' in client.get("/settings/").text
    assert client.get("/welcome/organization").status_code == 200
