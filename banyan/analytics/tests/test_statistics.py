"""The statistics page: right numbers, the period before beside them, and the records behind each."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest

from banyan.analytics.queries import figures_of, unit_of
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from tests.cast import Cast, sign_in


@pytest.fixture
def sold(scope: Cast) -> Cast:
    """Two customers of one source; orders of this and of last month, one of them cancelled."""
    admin = scope.actor("admin")
    day = today(admin.time_zone).replace(day=1)
    before = day - timedelta(days=1)
    first, second = (
        door.create(admin, spec_for(scope.organization, "customer"), {"name": name, "source": "website"}).pk
        for name in ("A", "B")
    )
    order = spec_for(scope.organization, "order")
    for customer, amount, ordered, status in (
        (first, "100.50", day, "confirmed"),
        (second, "200", day, "completed"),
        (first, "999", day, "cancelled"),
        (first, "50", before, "completed"),
    ):
        door.create(admin, order, {"customer": customer, "amount": amount, "ordered_on": ordered, "status": status})
    return scope


def test_figures_count_the_period_and_the_one_before(sold: Cast) -> None:
    first = today("Asia/Shanghai").replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    found = {figure.measure.key: figure for figure in figures_of(sold.actor("admin"), first, last)}

    assert (found["customers"].count, found["customers"].previous_count) == (2, 0)
    assert (found["orders"].count, found["orders"].previous_count) == (2, 1)
    assert {str(amount) for amount in found["orders"].amounts.values()} == {"300.50"}


def test_number_opens_exactly_the_records_behind_it(sold: Cast) -> None:
    browser = sign_in(sold, "admin")
    text = browser.get("/statistics?period=this_month").content.decode()

    url = html.unescape(re.search(r'href="(/orders\?[^"]+)"', text)[1])

    listed = browser.get(url).content.decode()
    assert listed.count('data-row="') == 2 or len(set(re.findall(r"/orders/([0-9a-f-]{36})", listed))) == 2


def test_salesperson_counts_only_what_they_see(sold: Cast) -> None:
    first = today("Asia/Shanghai").replace(day=1)

    figures = figures_of(sold.actor("salesperson"), first, first + timedelta(days=30))

    assert {figure.count for figure in figures} == {0}


@pytest.mark.parametrize(
    "query", ["", "?period=last_quarter", "?from=2026-01-31&to=2026-01-01", "?from=x&to=y", "?period=z"]
)
def test_page_answers_for_any_period(sold: Cast, query: str) -> None:
    assert sign_in(sold, "admin").get(f"/statistics{query}").status_code == 200


def test_my_day_shows_this_month_without_a_click(sold: Cast) -> None:
    text = sign_in(sold, "admin").get("/").content.decode()

    assert "¥300.50" in text or "CN¥300.50" in text


@pytest.mark.parametrize(("days", "unit"), [(1, "day"), (31, "day"), (32, "week"), (184, "week"), (365, "month")])
def test_step_suits_the_length(days: int, unit: str) -> None:
    assert unit_of(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days - 1)) == unit
