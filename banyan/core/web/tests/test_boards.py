from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.boards import CARDS_MORE
from banyan.core.web.tests.pages import DIALOG, HX, make, page_text, stored
from banyan.sales.models import Opportunity, Stage
from tests.cast import Cast, sign_in


@pytest.fixture
def stages(cast: Cast) -> dict[str, str]:
    """The stages of the usual pipeline by name."""
    with organization_scope(cast.organization.pk):
        return {stage.name: str(stage.pk) for stage in Stage.objects.all()}


@pytest.fixture
def deal(cast: Cast) -> Opportunity:
    """An opportunity in the first stage."""
    (customer,) = make(cast, "customer", {"name": "Harbor Light"})
    link = {"customer": str(customer.pk)}
    (opportunity,) = make(cast, "opportunity", {"name": "Forty sensors", "amount": "24000", **link})
    return opportunity


def test_board_shows_columns_with_counts_sums_and_cards(cast: Cast, browser: Client, deal: Opportunity) -> None:
    text = page_text(browser.get("/opportunities"))

    assert "Initial contact 1 CN¥24,000 ≈ CN¥2,400 at 10 % Forty sensors Harbor Light CN¥24,000" in text
    assert "Needs confirmed 0" in text


def test_board_of_a_choice_has_a_column_for_each_option(cast: Cast, browser: Client) -> None:
    make(cast, "task", {"name": "Send the quote"})

    text = page_text(browser.get("/tasks?display=board"))

    assert "Open 1 Send the quote" in text
    assert "Done 0" in text


def test_card_is_moved_and_the_figures_follow(
    cast: Cast, browser: Client, deal: Opportunity, stages: dict[str, str]
) -> None:
    sent = {"id": str(deal.pk), "to": stages["Quoted"], "version": "1", "before": ""}

    response = browser.post("/opportunities/move", sent, headers={**HX, "Referer": "http://testserver/opportunities"})

    html = response.content.decode()
    assert str(stored(cast, deal).stage_id) == stages["Quoted"]
    assert f'id="card-{deal.pk}"' in html
    assert 'data-version="2" hx-swap-oob="true"' in html
    assert f'id="list-board-head-{stages["Initial contact"]}" hx-swap-oob="true"' in html
    assert "Quoted 1 CN¥24,000" in page_text(response)


def test_card_goes_back_when_somebody_was_quicker(
    cast: Cast, browser: Client, deal: Opportunity, stages: dict[str, str]
) -> None:
    sign_in(cast, "owner").post(
        f"/opportunities/{deal.pk}/edit", {"name": "Fifty sensors", "version": "1"}, headers=DIALOG
    )

    response = browser.post(
        "/opportunities/move", {"id": str(deal.pk), "to": stages["Quoted"], "version": "1"}, headers=HX
    )

    assert response.status_code == 412
    assert "Somebody changed this record in the meantime" in response.json()["detail"]
    assert stored(cast, deal).stage_id == deal.stage_id


def test_move_names_the_dialog_when_the_column_asks_for_more(
    cast: Cast, browser: Client, deal: Opportunity, stages: dict[str, str]
) -> None:
    response = browser.post(
        "/opportunities/move", {"id": str(deal.pk), "to": stages["Lost"], "version": "1"}, headers=HX
    )

    assert response.status_code == 422
    dialog = browser.get(response.json()["dialog"], headers=DIALOG)
    assert "Reason for winning or losing" in page_text(dialog)
    assert stored(cast, deal).stage_id == deal.stage_id


def test_move_is_refused_when_the_role_only_reads(cast: Cast, deal: Opportunity, stages: dict[str, str]) -> None:
    sent = {"id": str(deal.pk), "to": stages["Quoted"], "version": "1"}

    assert sign_in(cast, "viewer").post("/opportunities/move", sent, headers=HX).status_code == 403


def test_column_loads_more_cards_by_cursor(cast: Cast, browser: Client) -> None:
    names = [f"Task {number:03d}" for number in range(CARDS_MORE + 3)]
    make(cast, "task", *({"name": name, "due_on": "2026-05-01"} for name in names))
    html = browser.get("/tasks?display=board&sort=name").content.decode()
    following = html.partition('hx-get="/tasks/cards?')[2].partition('"')[0].replace("&amp;", "&")

    rest = browser.get(f"/tasks/cards?{following}", headers=HX).content.decode()

    assert [name for name in names if name in rest] == names[CARDS_MORE:]


def test_pipelines_can_be_switched_when_there_are_several(cast: Cast, browser: Client, deal: Opportunity) -> None:
    (pipeline,) = make(cast, "pipeline", {"name": "Partners"})
    make(cast, "stage", {"name": "First talk", "pipeline": str(pipeline.pk), "position": 0})

    assert "Partners" in page_text(browser.get("/opportunities"))
    other = page_text(browser.get(f"/opportunities?group={pipeline.pk}"))

    assert "First talk 0" in other
    assert "Forty sensors" not in other


def test_calendar_lists_what_lies_between_two_days(cast: Cast, browser: Client) -> None:
    make(cast, "task", {"name": "In March", "due_on": "2026-03-10"}, {"name": "In May", "due_on": "2026-05-10"})

    assert "data-calendar" in browser.get("/tasks?display=calendar").content.decode()
    items = browser.get("/tasks/events?start=2026-03-01&end=2026-04-01", headers=HX).json()["items"]

    assert [(item["title"], item["start"], item["allDay"]) for item in items] == [("In March", "2026-03-10", True)]


def test_new_record_from_the_calendar_has_the_day_that_was_clicked(browser: Client) -> None:
    calendar = browser.get("/tasks?display=calendar").content.decode()
    assert 'data-create-url="/tasks/new?on=due_on"' in calendar

    html = browser.get("/tasks/new?on=due_on&date=2026-03-10", headers=DIALOG).content.decode()

    assert 'value="2026-03-10"' in html


def test_event_is_given_another_day_when_it_is_dragged(cast: Cast, browser: Client) -> None:
    (task,) = make(cast, "task", {"name": "In March", "due_on": "2026-03-10"})

    sent = {"id": str(task.pk), "start": "2026-03-12", "version": "1"}
    response = browser.post("/tasks/reschedule", sent, headers=HX)

    assert response.status_code == 204
    assert stored(cast, task).due_on.isoformat() == "2026-03-12"


@pytest.mark.parametrize("path", ["/customers/board", "/customers/events?start=2026-01-01&end=2026-02-01"])
def test_displays_that_an_object_does_not_have_are_not_found(browser: Client, path: str) -> None:
    assert browser.get(path, headers=HX).status_code == 404
