"""The cost pages: open to anybody, the address holds the scenario, and nothing wrong is shown as right."""

from __future__ import annotations

import io
from decimal import Decimal
from urllib.parse import urlencode

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from banyan.core.identity.services import create_token
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.pdf import can_draw
from banyan.core.web.tests.pages import page_text
from banyan.editions.cost.addresses import query_of
from banyan.editions.cost.answers import estimate_in, scenario_of
from banyan.editions.cost.files import from_text, to_text
from banyan.editions.models import KeptScenario
from tests.cast import Cast, sign_in

needs_pdf = pytest.mark.skipif(bool(can_draw()), reason="PDF cannot be made here")


@pytest.fixture
def anybody() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.mark.django_db
def test_anybody_sees_what_two_hundred_people_pay_and_gain(anybody: Client) -> None:
    page = page_text(anybody.get("/cost", {"headcount": "200"}))
    assert "Standard edition" in page
    assert all(part in page for part in ("Licence", "Custom development", "Training", "Data migration", "Total"))
    assert "What the total hinges on" in page
    assert all(word in page for word in ("Net present value", "Pays back after", "Too small: Basic edition"))
    assert "Users × Share of users who really work with it × Minutes that a user saves a day ÷ 60" in page
    assert "From 20 to 21 people the Standard edition begins" in page
    assert "check with the vendor" in page
    assert "Not known:" in page


@pytest.mark.django_db
def test_the_page_speaks_chinese() -> None:
    page = page_text(
        Client(headers={"accept-language": "zh-CN"}).get("/cost", {"headcount": "200", "departments": "999"})
    )
    assert "部门数不能多于人数（200）" in page
    assert "净现值" in page_text(Client(headers={"accept-language": "zh-CN"}).get("/cost"))


@pytest.mark.django_db
def test_what_somebody_knows_better_replaces_an_assumption(anybody: Client) -> None:
    usual = page_text(anybody.get("/cost", {"headcount": "200"}))
    known = page_text(anybody.get("/cost", {"headcount": "200", "a_user_share": "1"}))
    assert usual != known
    assert "1 of your own" in known


@pytest.mark.django_db
def test_the_address_has_only_what_somebody_said(anybody: Client) -> None:
    sent = {
        "headcount": "80",
        "years": "5",
        "edition": "auto",
        "departments": "",
        "a_margin": "",
        "o_hubspot_price": "",
        "with": "headcount=9",
    }
    assert anybody.get("/cost", sent).headers["Location"] == "/cost?headcount=80&years=5&with=headcount%3D9"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"headcount": "0"}, "greater than or equal to 1"),
        ({"headcount": "10", "years": "11"}, "less than or equal to 10"),
        ({"headcount": "10", "a_price_rise": "3,2,1"}, "three that rise from zero"),
        ({"headcount": "10", "a_price_rise": "-1"}, "three that rise from zero"),
        ({"headcount": "10", "a_group_size": "0"}, "People in one training group"),
        ({"headcount": "10", "a_user_share": "a lot"}, "Share of people who use the CRM"),
        ({"headcount": "10", "a_luck": "10"}, "no assumption “luck”"),
        ({"headcount": "10", "currency": "XYZ"}, "XYZ is not one of the available choices"),
        ({"headcount": "10", "rate_USD": "-1"}, "number above zero"),
        ({"headcount": "10", "o_own_1_price": "-5"}, "zero to a million"),
        ({"headcount": "10", "t_1_people": "11"}, "11 people are trained by department"),
        ({"headcount": "10", "migrated": "5", "sources": "0"}, "from no system"),
    ],
)
def test_impossible_numbers_are_named_and_no_total_is_shown(anybody: Client, sent: dict[str, str], said: str) -> None:
    answer = anybody.get("/cost", sent)
    page = page_text(answer)
    assert answer.status_code == 422
    assert said in page
    assert "Total" not in page
    # Nothing of what was filled in is lost.
    assert all(f'value="{value}"' in answer.content.decode() for name, value in sent.items() if name != "currency")


@pytest.mark.django_db
def test_scenario_file_goes_out_and_comes_in(anybody: Client) -> None:
    scenario = scenario_of(120, name="榕树", growth=Decimal("0.05"))
    for kind in ("yaml", "json"):
        got = anybody.get(f"/cost/download/{kind}?{query_of(scenario)}")
        assert from_text(got.content.decode()).scenario == scenario
    opened = anybody.post("/cost/open", {"file": SimpleUploadedFile("s.yaml", to_text(scenario, "yaml").encode())})
    assert opened.headers["Location"] == f"/cost?{query_of(scenario)}"
    older = anybody.post(
        "/cost/open", {"file": SimpleUploadedFile("s.json", b'{"version": 1, "headcount": 7}')}, follow=True
    )
    assert "of version 1" in page_text(older)
    for content in (b"\xff\xfe", b"version: 3\n", b""):
        refused = anybody.post("/cost/open", {"file": SimpleUploadedFile("s.yaml", content or b" ")})
        assert refused.status_code == 422
        assert "no total was made of it" in page_text(refused)
    for content in (anybody.get("/cost/download/xlsx?headcount=7").content, b"%PDF-1.7"):
        refused = anybody.post("/cost/open", {"file": SimpleUploadedFile("s.xlsx", content)})
        assert refused.status_code == 422
        assert "A scenario is opened from its YAML or JSON file" in page_text(refused)


@pytest.mark.django_db
def test_workbook_has_the_figures_of_the_page(anybody: Client) -> None:
    scenario = scenario_of(200)
    got = anybody.get(f"/cost/download/xlsx?{query_of(scenario)}")
    book = openpyxl.load_workbook(io.BytesIO(got.content), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(got.content))
    cost = book["Cost"]
    total = next(row for row in cost.iter_rows(values_only=True) if row[0] == "Total")
    found = estimate_in(scenario)
    assert total[1:5] == tuple(float(amount) for amount in (*found.totals, found.likely))
    assert str(formulas["Cost"]["B12"].value).startswith("=SUM(")
    assert [sheet.title for sheet in book] == ["Cost", "Benefit", "Assumptions", "Company"]


@needs_pdf
@pytest.mark.django_db
def test_paper_has_the_figures_of_the_page(anybody: Client) -> None:
    got = anybody.get("/cost/download/pdf?headcount=20&name=Our+plan")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(got.content)).pages)
    assert got.headers["Content-Disposition"].startswith('attachment; filename="our-plan-')
    assert "Our plan" in text
    assert f"{estimate_in(scenario_of(20)).likely:,.0f} CNY" in text


@pytest.mark.django_db
def test_two_to_four_scenarios_stand_side_by_side(anybody: Client) -> None:
    address = "/cost/compare?" + urlencode(
        {"s": ["headcount=200", "headcount=200&edition=enterprise&name=Bigger"]}, doseq=True
    )
    page = page_text(anybody.get(address))
    assert "1. Standard edition, 200, Hosted by us" in page
    assert "Bigger" in page
    assert "Servers of one's own" in page  # a variant to add
    assert "Add a second scenario" in page_text(anybody.get("/cost/compare?s=headcount%3D9"))
    assert anybody.get("/cost/compare").headers["Location"] == "/cost"
    wrong = anybody.get("/cost/compare?s=headcount%3D0&s=headcount%3D9")
    assert (wrong.status_code, "1 to 1,000,000" in page_text(wrong)) == (422, True)


def test_organization_keeps_scenarios_by_name_and_strangers_see_none(scope: Cast, strangers: Cast) -> None:
    sam, ada, tom = (sign_in(scope, name) for name in ("salesperson", "admin", "teammate"))
    query = query_of(scenario_of(200))
    kept = sam.post("/cost/scenarios/keep", {"name": " Plan  A ", "query": query}, follow=True)
    assert "“Plan A” is kept." in kept.content.decode()
    row = KeptScenario.objects.get()
    assert row.document["scenario"]["headcount"] == 200
    assert "Plan A" in page_text(tom.get("/cost/scenarios"))
    assert (
        f"/cost?{query_of(scenario_of(200, name='Plan A'))}" == tom.get(f"/cost/scenarios/{row.pk}").headers["Location"]
    )
    taken = tom.post("/cost/scenarios/keep", {"name": "Plan A", "query": query})
    assert (taken.status_code, "somebody else's" in page_text(taken)) == (422, True)
    assert tom.post("/cost/scenarios/keep", {"name": "", "query": query}).status_code == 422
    assert tom.post("/cost/scenarios/keep", {"name": "B", "query": "headcount=0"}).status_code == 422
    tom.post("/cost/scenarios/keep", {"name": "Plan B", "query": "headcount=20"})
    ids = [str(pk) for pk in KeptScenario.objects.values_list("pk", flat=True)]
    assert all(name in page_text(ada.get("/cost/compare", {"id": ids})) for name in ("Plan A", "Plan B"))
    assert tom.post(f"/cost/scenarios/{row.pk}/remove").status_code == 403
    with organization_scope(strangers.organization.pk):
        other = sign_in(strangers, "admin")
        assert other.get(f"/cost/scenarios/{row.pk}").status_code == 404
        assert "Plan A" not in page_text(other.get("/cost/scenarios"))
    assert ada.post(f"/cost/scenarios/{row.pk}/remove", follow=True).status_code == 200
    assert KeptScenario.objects.count() == 1
    assert Client().get("/cost/scenarios").status_code == 302


def test_kept_scenario_says_when_today_makes_another_sum_of_it(scope: Cast) -> None:
    sam = sign_in(scope, "salesperson")
    sam.post("/cost/scenarios/keep", {"name": "Old", "query": "headcount=50"})
    row = KeptScenario.objects.get()
    row.document["total_per_year"] = "12345.00"
    row.save()
    assert "a year came to 12345.00" in page_text(sam.get(f"/cost/scenarios/{row.pk}", follow=True))


def test_interface_works_scenarios_out(scope: Cast) -> None:
    token = create_token(scope.users["salesperson"], name="test")
    client = Client(headers={"authorization": f"Bearer {token}"})
    typical = client.get("/api/v1/cost?headcount=200").json()
    assert typical["total_per_year"]["likely"] == float(estimate_in(scenario_of(200)).likely)
    again = client.post("/api/v1/cost", typical["scenario"], content_type="application/json").json()
    assert again == typical
    both = {"scenarios": [{"headcount": 10}, {"headcount": 10, "hosting": "own"}]}
    assert len(client.post("/api/v1/cost/compare", both, content_type="application/json").json()["items"]) == 2
    wrong = client.post("/api/v1/cost", {"headcount": 0, "rates": {"USD": 0}}, content_type="application/json")
    assert wrong.status_code == 422
    assert {error["field"] for error in wrong.json()["errors"]} == {"headcount", "rates.USD"}
    assert client.get("/api/v1/cost").json()["errors"][0]["field"] == "headcount"
    newer = client.post("/api/v1/cost", {"version": 9, "scenario": {}}, content_type="application/json")
    assert newer.json()["errors"][0]["code"] == "unknown_version"


def test_page_has_the_menu_for_whoever_is_signed_in(scope: Cast) -> None:
    page = page_text(sign_in(scope, "salesperson").get("/cost"))
    assert "Customers" in page
    assert "Kept scenarios" in page
