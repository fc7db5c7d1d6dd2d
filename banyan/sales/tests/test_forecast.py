"""The forecast view with its months and quarters, and the page of what changed in the pipeline."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banyan.core.kernel.clock import now, today
from banyan.core.kernel.periods import months_from
from banyan.sales.models import OpportunityState
from banyan.sales.services.pipelines import lose_opportunity, win_opportunity
from banyan.sales.tests.conftest import Selling
from tests.cast import Cast, sign_in

DRAGGED = {"HX-Request": "true", "HX-Current-URL": "http://testserver/opportunities?display=forecast"}


@pytest.fixture
def ada(selling: Selling, cast: Cast) -> Client:
    return sign_in(cast, "admin", **{"Accept-Language": "en"})


@pytest.fixture
def day(selling: Selling) -> date:
    return today(selling.actor.time_zone)


def column(page: str, key: str) -> str:
    return page[page.index(f'data-column="{key}"') :].split("</section>", maxsplit=1)[0]


def month(day: date, step: int = 0) -> tuple[date, date]:
    return months_from(day, unit=1, count=1, step=step)[0]


def test_months_hold_what_closes_in_them_with_sums_and_weighted_sums(selling: Selling, ada: Client, day: date) -> None:
    first, last = month(day, 1)
    selling.opportunity(name="Next month", amount="1000", expected_close_on=str(first), stage=selling.stages[2].pk)
    selling.opportunity(name="Month end", amount="500", expected_close_on=str(last))
    selling.opportunity(name="Without a day", amount="70")
    selling.opportunity(name="Long ago", amount="30", expected_close_on=str(day - timedelta(days=60)))
    won = selling.opportunity(name="Won already", amount="9000", expected_close_on=str(first))
    win_opportunity(selling.actor, won.pk)

    page = ada.get("/opportunities?display=forecast").text

    shown = column(page, first.isoformat())
    assert "Next month" in shown
    assert "Month end" in shown
    assert "1,500" in shown
    assert "550 weighted" in shown
    assert "Won already" not in page
    assert "Without a day" in column(page, "none")
    assert "Long ago" in column(page, "earlier")
    assert 'data-column="later"' not in page
    quarters = ada.get("/opportunities?display=forecast&by=quarter").text
    assert quarters.count("data-column=") == 6
    with_won = ada.get("/opportunities?display=forecast&outcome=won").text
    assert "Won already" in with_won


def test_dragging_into_another_month_moves_the_day_and_can_be_undone(selling: Selling, ada: Client, day: date) -> None:
    deal = selling.opportunity(amount="100", expected_close_on=str(month(day, 1)[0].replace(day=17)))
    target = month(day, 3)[0]

    answer = ada.post(
        "/opportunities/forecast/move", {"id": str(deal.pk), "to": target.isoformat(), "version": "1"}, headers=DRAGGED
    )

    assert answer.status_code == 200
    assert f'id="list-board-head-{target.isoformat()}"' in answer.text
    assert "/undo/" in answer.headers["HX-Trigger"]
    deal.refresh_from_db()
    assert deal.expected_close_on == target.replace(day=17)
    assert deal.pushed_count == 1
    stale = {"id": str(deal.pk), "to": "none", "version": "1"}
    assert ada.post("/opportunities/forecast/move", stale, headers=DRAGGED).status_code == 412
    assert ada.post("/opportunities/forecast/move", {**stale, "version": "2"}, headers=DRAGGED).status_code == 200
    deal.refresh_from_db()
    assert deal.expected_close_on is None


@pytest.mark.parametrize(("to", "status"), [("earlier", 422), ("2001-01-01", 422), ("nonsense", 404), ("", 404)])
def test_nothing_is_moved_into_the_past_or_into_no_period(selling: Selling, ada: Client, to: str, status: int) -> None:
    deal = selling.opportunity()
    answer = ada.post("/opportunities/forecast/move", {"id": str(deal.pk), "to": to, "version": "1"}, headers=DRAGGED)
    assert answer.status_code == status
    deal.refresh_from_db()
    assert deal.version == 1


def test_more_cards_come_and_a_forecast_costs_as_much_with_many(selling: Selling, ada: Client, day: date) -> None:
    first = month(day, 1)[0]
    ada.get("/opportunities?display=forecast")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert ada.get("/opportunities/forecast").status_code == 200
        return len(queries)

    selling.opportunity(name="One", expected_close_on=str(first))
    one = cost()
    for index in range(14):
        selling.opportunity(name=f"Deal {index:02d}", expected_close_on=str(first))
    assert cost() == one
    shown = column(ada.get("/opportunities/forecast").text, first.isoformat())
    more = shown.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert ada.get(more).text.count("data-card=") == 5


def test_page_of_changes_explains_the_difference_between_two_days(selling: Selling, ada: Client, day: date) -> None:
    close = str(day)
    deals: dict[str, Any] = {
        name: selling.opportunity(name=name, amount="1000", expected_close_on=close)
        for name in ("Grows", "Shrinks", "Wins", "Loses", "Leaves", "Stays")
    }
    outside = selling.opportunity(name="Comes in", amount="1000", expected_close_on="2099-01-01")
    OpportunityState.objects.update(since=now() - timedelta(days=30))
    selling.change(deals["Grows"], amount="1500")
    selling.change(deals["Shrinks"], amount="600")
    selling.change(deals["Leaves"], expected_close_on="2099-01-01")
    selling.change(outside, expected_close_on=close)
    win_opportunity(selling.actor, deals["Wins"].pk)
    lose_opportunity(selling.actor, deals["Loses"].pk, reason="price")
    selling.opportunity(name="Is new", amount="250", expected_close_on=close)

    page = ada.get("/pipeline/changes?period=this_month").text

    for bar in ("Opening CN¥6,000", "New +CN¥250", "Lost −CN¥1,000"):
        assert bar in page
    assert "4,350" in page
    for name in ("Grows", "Shrinks", "Wins", "Loses", "Leaves", "Comes in", "Is new"):
        assert name in page
    assert "Stays" not in page


def test_page_of_changes_refuses_wrong_days_and_hides_what_one_may_not_see(
    selling: Selling, cast: Cast, ada: Client, day: date
) -> None:
    assert ada.get("/pipeline/changes?from=yesterday").status_code == 400
    assert ada.get(f"/pipeline/changes?from={day}&to={day - timedelta(days=3)}").status_code == 400
    assert ada.get("/pipeline/changes?period=forever").status_code == 400
    selling.opportunity(name="Not Sam's", amount="1000", expected_close_on=str(day))
    assert "Not Sam" not in sign_in(cast, "salesperson").get("/pipeline/changes").text
    assert Client().get("/pipeline/changes").status_code in {302, 303}
