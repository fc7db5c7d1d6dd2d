"""People of a decision, teams with credit and competitors, through the pages and the interface."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.sales.models import Competitor, OpportunityCompetitor, OpportunityContact, OpportunityMember
from banyan.sales.public import splits_of
from banyan.sales.tests.conftest import Selling
from tests.cast import Cast, api_client, sign_in


@pytest.fixture
def ada(selling: Selling, cast: Cast) -> Client:
    return sign_in(cast, "admin", **{"Accept-Language": "en"})


@pytest.fixture
def deal(selling: Selling, cast: Cast) -> Any:
    customer = selling.make("customer", name="Acme")
    return selling.opportunity(customer=customer.pk, amount="1000", owner=cast.users["owner"].pk)


def team_form(**rows: tuple[str, ...]) -> dict[str, list[str]]:
    return {f"row_{name}": list(values) for name, values in rows.items()}


def test_map_of_the_decision_is_drawn_edited_and_undone(selling: Selling, ada: Client, deal: Any) -> None:
    boss, buyer = (
        selling.make("contact", name=name, customer=deal.customer_id, job_title="Head").pk for name in ("Bo", "Cy")
    )
    url = f"/opportunities/{deal.pk}"
    common = {"influence": "high", "attitude": "1"}
    ada.post(f"{url}/people/new", {"contact": boss, "role": "decision_maker", **common})
    ada.post(f"{url}/people/new", {"contact": buyer, "role": "gatekeeper", **common, "reports_to": boss})

    page = ada.get(f"{url}/deal-work/people").text
    assert page.index("Bo") < page.index("Cy")
    assert "Decision maker" in page
    assert "Leans towards us" in page
    assert "Influence: High" in page

    row = OpportunityContact.objects.get(contact=boss)
    circle = ada.post(f"{url}/people/{row.pk}", {"role": "decision_maker", **common, "reports_to": buyer})
    assert circle.status_code == 422
    assert "would report to themselves" in circle.text
    ada.post(f"{url}/people/{row.pk}", {"remove": "1"})
    assert "Bo" not in ada.get(f"{url}/deal-work/people").text


def test_contact_of_another_customer_or_twice_is_refused(selling: Selling, ada: Client, deal: Any) -> None:
    other = selling.make("customer", name="Other")
    stranger = selling.make("contact", name="Stranger", customer=other.pk)
    own = selling.make("contact", name="Own", customer=deal.customer_id)
    url = f"/opportunities/{deal.pk}/people/new"
    values = {"role": "user", "influence": "low", "attitude": "0"}

    refused = ada.post(url, {"contact": stranger.pk, **values})
    assert refused.status_code == 422
    assert "belongs to another customer" in refused.text
    assert ada.post(url, {"contact": own.pk, **values}).status_code == 303
    assert "is on this opportunity already" in ada.post(url, {"contact": own.pk, **values}).text
    assert OpportunityContact.objects.count() == 1


def test_team_shares_credit_and_access_and_the_owner_has_the_rest(
    cast: Cast, ada: Client, deal: Any, selling: Selling
) -> None:
    people = {name: str(cast.users[name].pk) for name in ("salesperson", "teammate", "owner")}
    url = f"/opportunities/{deal.pk}"
    sam = sign_in(cast, "salesperson")
    assert sam.get(url).status_code == 404

    sent = team_form(
        person=(people["salesperson"], people["teammate"], ""), role=("Presales", "", ""), share=("20", "12.5", ""),
        overlay=("", "50", ""),
    )  # fmt: skip
    assert ada.post(f"{url}/team", sent).status_code == 303

    credit = {(str(split.person), split.is_overlay): split.percent for split in splits_of([deal.pk])[deal.pk]}
    assert credit == {
        (people["salesperson"], False): Decimal(20),
        (people["teammate"], False): Decimal("12.5"),
        (people["owner"], False): Decimal("67.5"),
        (people["teammate"], True): Decimal(50),
    }
    assert sam.get(url).status_code == 200
    part = ada.get(f"{url}/deal-work/team").text
    assert "67.5 %" in part
    assert "+50 % overlay" in part

    assert ada.post(f"{url}/team", team_form(person=(), role=(), share=(), overlay=())).status_code == 303
    assert sam.get(url).status_code == 404


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        (("60", "50"), "The shares come to 110 %"),
        (("x", "1"), "is not a percentage"),
        (("-1", "2"), "between 0 and 100"),
    ],
)
def test_wrong_shares_change_nothing(cast: Cast, ada: Client, deal: Any, shares: tuple[str, str], said: str) -> None:
    people = tuple(str(cast.users[name].pk) for name in ("salesperson", "teammate"))
    sent = team_form(person=people, role=("", ""), share=shares, overlay=("", ""))

    answer = ada.post(f"/opportunities/{deal.pk}/team", sent)

    assert answer.status_code == 422
    assert said in answer.text
    assert not OpportunityMember.objects.exists()


def test_stale_team_is_refused(cast: Cast, ada: Client, deal: Any) -> None:
    person = str(cast.users["teammate"].pk)
    sent = team_form(person=(person,), role=("",), share=("10",), overlay=("",))
    assert ada.post(f"/opportunities/{deal.pk}/team", {**sent, "version": "99"}).status_code == 412


def test_competitors_join_the_list_and_the_win_rate_follows_the_outcome(
    selling: Selling, ada: Client, deal: Any
) -> None:
    rows = {"name": ("Rival", "Second", ""), "state": ("in_play",) * 3, "threat": ("high", "low", "low")}
    sent = team_form(**rows, notes=("cheap", "", ""))
    assert ada.post(f"/opportunities/{deal.pk}/competitors", sent).status_code == 303
    assert Competitor.objects.filter(name__in=["Rival", "Second"]).count() == 2

    won, lost = selling.stages[-2:]
    lost_deal = selling.opportunity(customer=deal.customer_id)
    ada.post(f"/opportunities/{lost_deal.pk}/competitors", sent)
    selling.change(deal, stage=won.pk)
    selling.change(lost_deal, stage=lost.pk, reason="price", competitor="rival")

    states = set(OpportunityCompetitor.objects.filter(competitor__name="Rival").values_list("state", flat=True))
    assert states == {"won_against", "lost_to"}
    page = ada.get("/pipeline/competitors").text
    row = page[page.index("Rival") :].split("</tr>")[0]
    assert "50 %" in row


def test_list_of_competitors_is_kept_in_the_settings(cast: Cast, ada: Client, deal: Any) -> None:
    ada.post("/settings/competitors/new", {"name": "Rival", "strengths": "Brand", "is_active": "true"})
    again = ada.post("/settings/competitors/new", {"name": "rival"})
    assert again.status_code == 422
    assert "of this name already" in again.text
    row = Competitor.objects.get()
    ada.post(
        f"/opportunities/{deal.pk}/competitors",
        team_form(name=("Rival",), state=("in_play",), threat=("low",), notes=("",)),
    )
    refused = ada.post(f"/settings/competitors/{row.pk}/delete")
    assert refused.status_code == 422
    assert Competitor.objects.exists()
    olga = sign_in(cast, "owner")
    assert olga.get("/settings/competitors").status_code == 403
    assert olga.get("/pipeline/competitors").status_code == 200


def test_limits_of_risk_are_set_and_only_by_those_who_may(cast: Cast, ada: Client, deal: Any) -> None:
    sent = {"quiet_days": "5", "pushes": "0", "shrink_percent": "10", "decider_probability": "0"}
    assert ada.post("/settings/risk-signs", sent).status_code == 303
    assert 'value="5"' in ada.get("/settings/risk-signs").text
    assert ada.post("/settings/risk-signs", {**sent, "pushes": "-1"}).status_code == 422
    assert sign_in(cast, "owner").post("/settings/risk-signs", sent).status_code == 403


def test_interface_reads_and_replaces_team_and_competitors(cast: Cast, deal: Any) -> None:
    client = api_client(cast, "admin")
    url, json = f"/api/v1/opportunities/{deal.pk}", {"content_type": "application/json"}
    person = str(cast.users["teammate"].pk)

    wrong = client.put(f"{url}/team", {"members": [{"person": person, "share": "130"}]}, **json)
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "members.0.share"
    saved = client.put(f"{url}/team", {"members": [{"person": person, "share": 30}]}, **json).json()
    assert {entry["percent"] for entry in saved["credit"]} == {"30", "70"}
    client.put(f"{url}/competitors", {"competitors": [{"name": "Rival", "threat": "high"}]}, **json)
    assert client.get(f"{url}/competitors").json()["competitors"][0]["state"] == "in_play"
    assert client.put(f"{url}/competitors", {"rivals": []}, **json).status_code == 422
    stranger = api_client(cast, "salesperson")
    assert stranger.get(f"{url}/team").status_code == 404


def test_small_team_sees_nothing_of_it(cast: Cast, ada: Client, deal: Any) -> None:
    with organization_scope(cast.organization.pk):
        Organization.objects.filter(pk=cast.organization.pk).update(edition="basic")
    page = ada.get(f"/opportunities/{deal.pk}").text
    for absent in ("Forecast category", "Decision makers", "Signs of risk", "risk-line"):
        assert absent not in page
    assert "At risk" not in ada.get("/opportunities").text
    assert "display=forecast" not in ada.get("/opportunities").text
    for path in ("/pipeline/changes", "/pipeline/competitors", f"/opportunities/{deal.pk}/team"):
        assert ada.get(path).status_code == 404
    assert ada.get(f"/opportunities/{deal.pk}/copy").status_code == 200


def test_who_won_is_told_with_the_loss(cast: Cast, deal: Any) -> None:
    client = api_client(cast, "admin")
    url, json = f"/api/v1/opportunities/{deal.pk}", {"content_type": "application/json"}
    client.put(f"{url}/competitors", {"competitors": [{"name": "Rival"}, {"name": "Second"}]}, **json)

    assert client.post(f"{url}/lose", {"competitor": "Rival"}, **json).status_code == 422
    lost = client.post(f"{url}/lose", {"reason": "competitor", "competitor": "Rival"}, **json)

    assert lost.json()["competitor"] == "Rival"
    states = {row["name"]: row["state"] for row in client.get(f"{url}/competitors").json()["competitors"]}
    assert states == {"Rival": "lost_to", "Second": "in_play"}


def test_change_of_the_team_is_taken_back_once_and_not_after_another_one(cast: Cast, ada: Client, deal: Any) -> None:
    url, person = f"/opportunities/{deal.pk}", str(cast.users["teammate"].pk)
    ada.post(f"{url}/team", team_form(person=(person,), role=("Presales",), share=("40",), overlay=("",)))

    answer = ada.post(
        f"{url}/team", team_form(person=(), role=(), share=(), overlay=()), headers={"HX-Request": "true"}
    )
    undo_url = json.loads(answer.headers["HX-Trigger"])["toast"]["undo_url"]
    assert ada.post(undo_url + "x").status_code == 422
    assert ada.post(undo_url).status_code == 303
    with organization_scope(cast.organization.pk):
        kept = OpportunityMember.objects.get(opportunity=deal.pk)
        assert (str(kept.person_id), kept.role, kept.share) == (person, "Presales", 40)
    assert ada.post(undo_url).status_code == 409
