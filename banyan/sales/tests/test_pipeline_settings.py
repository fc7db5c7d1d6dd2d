"""Pipelines and stages through their settings page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from banyan.sales.models import Opportunity, Pipeline, Stage
from tests.cast import Cast, sign_in

COLUMNS = ("id", "stage", "probability", "outcome", "stale_days", "color", "card_limit")


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin")


@pytest.fixture
def url(cast: Cast) -> str:
    with organization_scope(cast.organization.pk):
        return f"/settings/pipelines/{Pipeline.objects.get(is_default=True).pk}"


def stages(cast: Cast) -> list[Stage]:
    with organization_scope(cast.organization.pk):
        return list(Stage.objects.filter(deleted_at=None, pipeline__is_default=True).order_by("position"))


def form(cast: Cast) -> dict[str, list[str]]:
    """The form as the browser would send it, untouched."""
    rows = stages(cast)
    return {
        "name": ["Sales"],
        "id": [str(row.pk) for row in rows],
        "stage": [row.name for row in rows],
        "probability": [str(row.probability) for row in rows],
        "outcome": [row.outcome for row in rows],
        "stale_days": [str(row.stale_days) for row in rows],
        "color": [row.color for row in rows],
        "card_limit": [str(row.card_limit) for row in rows],
    }


def opportunity_in(cast: Cast, stage: Stage) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        customer = door.create(actor, spec_for(actor.organization, "customer"), {"name": "Acme"})
        values = {"name": "Big deal", "customer": customer.pk, "stage": stage.pk}
        door.create(actor, spec_for(actor.organization, "opportunity"), values)


def test_stages_are_reordered_renamed_and_added(cast: Cast, ada: Client, url: str) -> None:
    sent = form(cast)
    for column in COLUMNS:
        sent[column][0], sent[column][1] = sent[column][1], sent[column][0]
    sent["stage"][0], sent["probability"][0], sent["stale_days"][0] = "Understood", "45", "7"
    for column, value in zip(COLUMNS, ("", "Demo given", "60", "open", "10", "blue", "5"), strict=True):
        sent[column].append(value)

    assert ada.post(url, sent).status_code == 303

    now = stages(cast)
    assert (now[0].name, now[0].probability, now[0].stale_days) == ("Understood", 45, 7)
    assert (now[-1].name, now[-1].color) == ("Demo given", "blue")
    assert "Understood" in ada.get("/settings/pipelines").text
    with organization_scope(cast.organization.pk):
        assert Change.objects.filter(record_id=now[0].pk, action="update").exists()


def test_stage_that_is_empty_is_removed(cast: Cast, ada: Client, url: str) -> None:
    sent = form(cast)
    gone = sent["id"][1]

    assert ada.post(url, {**sent, "removed": [gone]}).status_code == 303

    assert gone not in [str(row.pk) for row in stages(cast)]


@pytest.mark.parametrize("way", ["removed", "other meaning"])
def test_stage_in_use_stays_as_it_is(cast: Cast, ada: Client, url: str, way: str) -> None:
    first = stages(cast)[0]
    opportunity_in(cast, first)
    sent = form(cast)
    if way == "removed":
        sent["removed"] = [str(first.pk)]
    else:
        sent["outcome"][0] = "lost"

    response = ada.post(url, sent)

    assert response.status_code == 422
    assert "Move them to another one first" in response.text
    assert (stages(cast)[0].pk, stages(cast)[0].outcome) == (first.pk, "open")


@pytest.mark.parametrize(
    "wrong",
    [{"outcome": "open"}, {"probability": "140"}, {"probability": "many"}, {"stage": ""}, {"outcome": "nonsense"}],
)
def test_pipeline_refuses_what_cannot_be(cast: Cast, ada: Client, url: str, wrong: dict[str, str]) -> None:
    sent = form(cast)
    for column, value in wrong.items():
        sent[column] = [value] * len(sent["id"])

    assert ada.post(url, sent).status_code == 422
    assert [row.name for row in stages(cast)] == form(cast)["stage"]


def test_new_pipeline_can_become_the_default_one(cast: Cast, ada: Client, url: str) -> None:
    location = ada.post("/settings/pipelines/new", {"name": "Partners"}).headers["Location"]
    page = ada.get(location).text
    sent = {
        column: re.findall(rf'name="{column}" value="([^"]*)"', page)
        for column in ("id", "stage", "probability", "stale_days", "card_limit")
    }
    sent["outcome"] = re.findall(r'<option value="(open|won|lost)" selected', page)
    sent["color"] = [""] * len(sent["id"])

    assert ada.post(location, {"name": "Partners", "is_default": "true", **sent}).status_code == 303

    with organization_scope(cast.organization.pk):
        assert [row.name for row in Pipeline.objects.filter(is_default=True)] == ["Partners"]
    assert ada.post(f"{location}/delete").status_code == 422
    assert ada.post(f"{url}/delete").status_code == 303


def test_pipeline_in_use_is_not_deleted(cast: Cast, ada: Client, url: str) -> None:
    other = ada.post("/settings/pipelines/new", {"name": "Partners"}).headers["Location"]
    with organization_scope(cast.organization.pk):
        stage = Stage.objects.filter(pipeline__name="Partners").order_by("position").first()
    opportunity_in(cast, stage)

    assert ada.post(f"{other}/delete").status_code == 422
    with organization_scope(cast.organization.pk):
        assert Opportunity.objects.get().pipeline_id == stage.pipeline_id


def test_pipelines_are_closed_to_members_and_when_the_module_is_off(cast: Cast, ada: Client, url: str) -> None:
    assert sign_in(cast, "owner").get("/settings/pipelines").status_code == 403
    assert sign_in(cast, "owner").post(url, form(cast)).status_code == 403

    ada.post("/settings/modules/opportunities", {"on": "false"})
    assert ada.get("/settings/pipelines").status_code == 404


def test_stage_may_have_a_forecast_category_of_its_own(cast: Cast, ada: Client, url: str) -> None:
    sent = form(cast)
    sent["forecast_category"] = ["commit", *[""] * (len(sent["id"]) - 1)]
    ada.post(url, sent)
    assert [stage.forecast_category for stage in stages(cast)][:2] == ["commit", ""]
    ada.post(url, form(cast))
    assert stages(cast)[0].forecast_category == "commit"
