"""Segments and campaigns through their pages, as people of the company use them."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Scope
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.tenancy.scope import organization_scope
from banyan.leads.public import Lead
from banyan.marketing import panels
from banyan.marketing.models import Campaign, CampaignMember, Segment
from banyan.marketing.queries import rows_of
from banyan.marketing.services.members import add_records
from banyan.marketing.services.responses import note_response
from banyan.marketing.services.results import figures_of
from banyan.marketing.services.segments import SegmentValues, add_to_list, save_segment
from banyan.marketing.tests.conftest import campaign_of, make, member_of, person
from banyan.sales.public import Stage, win_opportunity
from banyan.teamwork.public import Task
from tests.cast import Cast, sign_in, with_rights

MANAGERS = {"field": "job_title", "op": "eq", "value": "Manager"}


def segment(actor: Actor, name: str, tree: Any = None, **values: Any) -> Segment:
    return save_segment(actor, None, SegmentValues(name, "contact", filter=tree or {}, **values))


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin", **{"accept-language": "en"})


def test_from_segment_to_lead_through_the_pages(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        ann = person(actor, "Ann Lee", job_title="Manager")
        person(actor, "Bob", job_title="Clerk")
    sent = {"name": "Managers", "kind": "dynamic", "condition": json.dumps(MANAGERS)}
    preview = ada.post("/segments/new?object=contact", {**sent, "preview": "1"}).text
    assert "1 member now" in preview
    assert "Ann Lee" in preview
    with organization_scope(cast.organization.pk):
        assert not Segment.objects.exists()
    place = ada.post("/segments/new?object=contact", sent)["Location"]
    assert "Ann Lee" in ada.get(place).text
    members = ada.get(f"{place}/members").text
    assert "Ann Lee" in members
    assert "Bob" not in members
    assert 'name="matching"' in ada.get(f"{place}/export").text
    with organization_scope(cast.organization.pk):
        campaign = make(actor, "campaign", name="Spring fair", kind="event", segment=place.rpartition("/")[2])
    base = f"/campaigns/{campaign.pk}"
    assert ada.post(f"{base}/add", {"segment": place.rpartition("/")[2]}).status_code == 303
    shown = ada.get(f"{base}/members").text
    assert "Ann Lee" in shown
    assert "Managers" in shown
    with organization_scope(cast.organization.pk):
        member = member_of(campaign, ann)
    assert ada.post(f"{base}/members/mark", {"ids": [member.pk], "act": "reached"}).status_code == 303
    answer = ada.post(f"{base}/members/{member.pk}/respond", {"text": "Wants a demo", "becomes": "lead"})
    assert answer.status_code == 303
    with organization_scope(cast.organization.pk):
        lead = Lead.objects.get()
        assert (lead.name, lead.campaign, lead.source, lead.needs) == (
            "Ann Lee",
            "Spring fair",
            "exhibition",
            "Wants a demo",
        )
        assert CampaignMember.objects.filter(campaign=campaign.pk).count() == 1
    for url in (base, f"{base}/results", "/campaigns/results", f"{base}/mails", f"{base}/mails/new", "/campaigns", "/segments",
                f"/contacts/{ann.pk}", f"/leads/{lead.pk}", "/settings/marketing", "/settings/marketing/blocked", "/"):  # fmt: skip
        assert ada.get(url).status_code == 200, url
    assert "Spring fair" in ada.get(f"/contacts/{ann.pk}").text


def test_campaign_that_is_over_offers_nothing_that_it_refuses(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        campaign = campaign_of(cast.actor("admin"), person(cast.actor("admin"), "Ann"))
    pages = [f"/campaigns/{campaign.pk}{part}" for part in ("", "/members", "/mails", "/results")]
    assert ["Add a segment" in ada.get(url).text for url in pages] == [True] * 4
    with organization_scope(cast.organization.pk):
        Campaign.objects.filter(pk=campaign.pk).update(status="done")

    for url in pages:
        shown = ada.get(url).text
        assert "Add a segment" not in shown
        assert "/mails/new" not in shown


def test_mail_is_written_previewed_and_refused_with_words(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        ann, bob = person(actor, "Ann"), person(actor, "Bob", agrees=False)
        campaign = campaign_of(actor, ann, bob)
    url = f"/campaigns/{campaign.pk}/mails/new"
    wrong = ada.post(url, {"subject": "Hi {nam}", "body": "Text"})
    assert wrong.status_code == 422
    assert "There is no variable {nam}" in wrong.text
    place = ada.post(url, {"subject": "Hi {name}", "body": "<script>x</script> *Dear* {name}", "is_marked": "on"})[
        "Location"
    ]
    shown = ada.get(place).text
    assert "1 of 2 members would get it now" in shown
    assert "There is no consent to advertising by e-mail" in shown
    assert "AD: Hi Ann" in shown
    assert "<script>x" not in shown
    assert "<em>Dear</em> Ann" in shown
    assert "No mail server is set up" in ada.post(f"{place}/act", {"act": "start"}).text


def test_list_selection_becomes_a_segment_or_joins_a_campaign(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        ann, bob = person(actor, "Ann", job_title="Manager"), person(actor, "Bob")
        campaign = campaign_of(actor)
    ada.post("/segments/from/contacts", {"ids": [ann.pk, bob.pk], "segment": "new", "name": "Both"})
    matching = f"filter={json.dumps({'all': [MANAGERS]})}"
    ada.post("/segments/from/contacts", {"matching": matching, "segment": "rule", "name": "Managers"})
    assert ada.get(f"/campaigns/add/contacts?ids={ann.pk}").status_code == 200
    ada.post("/campaigns/add/contacts", {"ids": [ann.pk], "campaign": campaign.pk})
    with organization_scope(cast.organization.pk):
        found = {row.name: rows_of(actor, row).count() for row in Segment.objects.all()}
        assert found == {"Both": 2, "Managers": 1}
        assert member_of(campaign, ann).state == "planned"


def test_segments_leave_out_others_but_never_themselves(admin: Actor) -> None:
    ann, bob = person(admin, "Ann", job_title="Manager"), person(admin, "Bob")
    managers = segment(admin, "Managers", MANAGERS)
    rest = segment(admin, "All others", excluded=[managers.pk])
    assert list(rows_of(admin, rest).values_list("name", flat=True)) == ["Bob"]
    listed = segment(admin, "List", kind="static")
    assert add_to_list(admin, listed, [ann.pk, bob.pk]) == 2
    assert add_to_list(admin, listed, [ann.pk]) == 0
    with pytest.raises(Invalid, match="cannot leave out each other"):
        save_segment(admin, managers, SegmentValues("Managers", "contact", filter=MANAGERS, excluded=[rest.pk]))
    with pytest.raises(Invalid, match="cannot leave out itself"):
        save_segment(admin, rest, SegmentValues("All others", "contact", excluded=[rest.pk]))
    with pytest.raises(Invalid):
        segment(admin, "Wrong", {"field": "shoe_size", "op": "eq", "value": 9})
    with pytest.raises(Invalid, match="before the start"):
        make(admin, "campaign", name="Backwards", starts_on="2026-05-02", ends_on="2026-05-01")


def test_everybody_adds_and_sees_only_what_they_may_see(admin: Actor, scope: Cast) -> None:
    ann = person(admin, "Ann")
    everybody = segment(admin, "Everybody")
    own = with_rights(
        scope.actor("salesperson"), contact=Scope.OWN, customer=Scope.OWN, campaign=Scope.ALL, segment=Scope.ALL
    )
    mine = person(own, "Mine", agrees=False)
    assert list(rows_of(own, everybody)) == [mine]
    assert rows_of(admin, everybody).count() == 2
    campaign = campaign_of(admin, ann)
    assert add_records(own, campaign.pk, "contact", [ann.pk, mine.pk]).added == 1
    with pytest.raises(Missing):
        note_response(own, campaign.pk, member_of(campaign, ann).pk)


def test_response_becomes_a_task_or_an_opportunity_of_a_known_customer(admin: Actor) -> None:
    acme = make(admin, "customer", name="Acme")
    ann = person(admin, "Ann", customer=str(acme.pk))
    campaign = campaign_of(admin, ann, kind="phone")
    member = member_of(campaign, ann)
    note_response(admin, campaign.pk, member.pk, text="Call again", becomes="task")
    made = note_response(admin, campaign.pk, member.pk, becomes="opportunity")
    assert Task.objects.get().about == f"contact:{ann.pk}"
    assert made.made_opportunity is not None
    assert (made.made_opportunity.customer_id, made.response) == (acme.pk, "Call again")


def test_leads_that_come_with_name_or_code_are_responses(admin: Actor) -> None:
    campaign = campaign_of(admin, code="fair-26")
    first = make(admin, "lead", name="Li", campaign="spring FAIR")
    second = make(admin, "lead", name="Wu", campaign="fair-26")
    make(admin, "lead", name="Other", campaign="Autumn fair")
    assert [member_of(campaign, lead, "lead").state for lead in (first, second)] == ["responded"] * 2
    figures = figures_of(admin, [campaign.pk])[campaign.pk]
    assert (figures.members, figures.responded, figures.leads) == (2, 2, 2)


def test_won_amounts_are_shared_exactly_and_first_touch_is_whole(admin: Actor, scope: Cast) -> None:
    acme = make(admin, "customer", name="Acme")
    ann = person(admin, "Ann", customer=str(acme.pk))
    campaigns = [campaign_of(admin, ann, name=name, actual_cost="10", currency="CNY") for name in ("A", "B", "C")]
    for campaign in campaigns:
        note_response(admin, campaign.pk, member_of(campaign, ann).pk)
    deal = make(
        admin,
        "opportunity",
        name="Pump",
        customer=str(acme.pk),
        amount="100",
        currency="CNY",
        started_on=str(today(admin.time_zone)),
    )
    early = make(admin, "opportunity", name="Old", customer=str(acme.pk), amount="5", started_on="2020-01-01")
    stage = Stage.objects.filter(outcome="won").first()
    assert stage is not None
    for one in (deal, early):
        win_opportunity(admin, one.pk, reason="")
    ids = [campaign.pk for campaign in campaigns]
    with CaptureQueriesContext(connection) as few:
        figures = figures_of(admin, ids)
    with CaptureQueriesContext(connection) as one_campaign:
        figures_of(admin, ids[:1])
    assert len(few) == len(one_campaign)
    assert sorted(figures[pk].shared_won["CNY"] for pk in ids) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    assert [figures[pk].first_won for pk in ids] == [{"CNY": Decimal(100)}, {}, {}]
    # Of several on one day the earlier one is the first, in whatever order they were written.
    moment = member_of(campaigns[0], ann).responded_at
    assert moment is not None
    CampaignMember.objects.filter(campaign=campaigns[2]).update(responded_at=moment - timedelta(microseconds=1))
    assert [figures_of(admin, ids)[pk].first_won for pk in ids] == [{}, {}, {"CNY": Decimal(100)}]
    row = panels.result_row(admin, Campaign.objects.get(pk=ids[0]), figures[ids[0]])
    assert row["back"] == "+233 %"
    blind = with_rights(scope.actor("salesperson"), opportunity=Scope.OWN)
    assert figures_of(blind, ids)[ids[0]].opportunities == 0
