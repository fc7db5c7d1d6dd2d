from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization
from banyan.editions.cost.loading import EDITIONS
from banyan.editions.licences.rules import invoice, monthly, months_later, period_after
from banyan.editions.licences.seats import needs_seat
from banyan.editions.licences.services import agree, currencies, end_trial, singles, tiers
from tests.cast import Cast, api_client, sign_in

URL = "/settings/licence"
SEATS = st.integers(0, 12_000)
PRICES = st.tuples(st.sampled_from(EDITIONS), st.sampled_from(currencies())).map(lambda pair: tiers(*pair))
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
PERIODS = st.sampled_from(["month", "year"])


@given(SEATS, SEATS, PRICES, PERIODS, DAYS)
def test_an_invoice_is_the_sum_of_its_lines_and_more_seats_never_cost_less(one, more, prices, period, begins) -> None:
    found = invoice(one, prices, period=period, begins=begins)
    assert sum(line.seats for line in found.lines) == one
    assert found.total == sum((line.amount for line in found.lines), Decimal(0))
    assert invoice(one + more, prices, period=period, begins=begins).total >= found.total
    assert found.ends == months_later(begins, 12 if period == "year" else 1) - timedelta(days=1)


@given(st.integers(1, 5_000), PRICES, PERIODS, DAYS, st.data())
def test_seats_that_came_late_cost_their_part_of_the_period(seats, prices, period, begins, data) -> None:
    added = data.draw(st.integers(1, seats))
    former = months_later(begins, -(12 if period == "year" else 1))
    on = data.draw(st.dates(former, begins - timedelta(days=1)))
    plain = invoice(seats, prices, period=period, begins=begins).total
    late = invoice(seats, prices, period=period, begins=begins, added=added, added_on=on).total - plain
    whole = (monthly(seats, prices) - monthly(seats - added, prices)) * (12 if period == "year" else 1)
    assert 0 <= late <= whole
    if on == former:
        assert late == whole


@given(DAYS, PERIODS, st.integers(0, 4000))
def test_the_next_period_begins_after_the_day_and_not_a_period_later(started, period, later) -> None:
    day = started + timedelta(days=later)
    begins = period_after(started, period, day)
    assert day < begins <= months_later(day, 12 if period == "year" else 1) + timedelta(days=3)


def test_a_module_on_top_is_a_line_of_its_own_and_what_it_requires_is_paid_along() -> None:
    on_top = singles("standard", ["purchase", "quotes", "taxes"], "CNY")
    assert [(one.module, one.price) for one in on_top] == [("purchase", Decimal(12))]
    found = invoice(30, [*tiers("standard", "CNY"), *on_top], period="month", begins=date(2026, 12, 1))
    assert [(line.kind, line.module, line.amount) for line in found.lines][1:] == [("module", "purchase", Decimal(360))]
    assert {one.module for one in singles("basic", ["purchase", "taxes"], "CNY")} == {"purchase", "stock"}
    assert not singles("enterprise", ["purchase"], "CNY")


def test_impossible_numbers_are_named() -> None:
    prices = tiers("standard", "CNY")
    for wrong in ({"seats": -1}, {"seats": 3, "added": 4}, {"seats": 3, "added": 1}):
        with pytest.raises(ValueError, match=r"seats|added"):
            invoice(wrong.pop("seats"), prices, period="month", begins=date(2026, 12, 1), **wrong)


def test_who_only_reads_needs_no_seat() -> None:
    assert not needs_seat({"*": {"view": "all", "export": "own"}}, [])
    assert not needs_seat({"*": {"view": "all", "edit": "none"}}, [])
    assert needs_seat({"*": {"view": "all"}, "task": {"edit": "own"}}, [])
    assert needs_seat({}, ["see_audit"])


@pytest.fixture
def ada(scope: Cast) -> Client:
    return sign_in(scope, "admin", accept_language="en")


def test_the_page_tells_seats_guests_and_the_next_invoice(ada: Client, scope: Cast) -> None:
    text = ada.get(URL).content.decode()
    assert "advice here, never locks" in text
    assert "Vera Viewer" in text
    shown = ada.get(URL, {"edition": "standard", "seats": "120", "currency": "USD", "period": "year"}).content.decode()
    assert "11,160.00" in shown  # 12 * (100 * 8 + 20 * 6.5)
    wrong = ada.get(URL, {"seats": "3", "added": "9", "added_on": "2020-01-01"})
    assert wrong.status_code == 422
    assert "Not more seats can have come" in wrong.content.decode()
    assert sign_in(scope, "owner").get(URL).status_code == 403


def test_more_people_than_seats_are_told_and_nobody_is_kept_out(ada: Client, scope: Cast) -> None:
    sent = {"edition": "enterprise", "seats": "2", "currency": "CNY", "period": "month", "starts_on": "2026-11-01",
            "trial_ends_on": "", "after_trial": "keep"}  # fmt: skip
    assert ada.post(f"{URL}/edit", sent).status_code == 303
    text = ada.get(URL).content.decode()
    assert "Nothing is blocked" in text
    assert "-3" in text
    assert sign_in(scope, "salesperson").get("/customers").status_code == 200
    assert User.objects.filter(is_active=True).count() == 6


def test_a_trial_that_ends_is_announced_and_leaves_the_basic_edition_with_every_record(
    ada: Client, scope: Cast
) -> None:
    actor = scope.actor("admin")
    day = today(actor.time_zone)
    agree(actor, {"trial_ends_on": day + timedelta(days=3), "after_trial": "basic", "starts_on": day})
    assert "The trial ends in 3 days" in ada.get("/customers").content.decode()
    assert end_trial(actor) is False
    agree(actor, {"trial_ends_on": day - timedelta(days=1)})
    assert end_trial(actor) is True
    assert end_trial(actor) is False
    assert Organization.objects.get(pk=actor.organization_id).edition == "basic"
    assert "You use the Basic edition" in ada.get("/customers").content.decode()
    assert ada.get("/leads").status_code == 404


def test_programs_read_agree_and_preview(scope: Cast) -> None:
    client = api_client(scope, "admin")
    kind = "application/json"
    found = client.get("/api/v1/licence").json()
    assert found["seats"] == {"agreed": None, "used": 5, "left": None, "guests": 1, "deactivated": 0}
    assert found["limits_are"] == "advice"
    changed = client.patch("/api/v1/licence", {"seats": 9, "edition": "standard"}, content_type=kind).json()
    assert (changed["seats"]["left"], changed["edition"]) == (4, "standard")
    wrongs = (
        {"seats": -1},
        {"seats": "many"},
        {"edition": "gold"},
        {"starts_on": "tomorrow"},
        {"colour": "red"},
        {"currency": 9},
    )
    for wrong in wrongs:
        assert client.patch("/api/v1/licence", wrong, content_type=kind).status_code == 422, wrong
    bill = client.get("/api/v1/licence/invoice?seats=101&currency=CNY").json()
    assert (bill["total"], len(bill["lines"])) == ("5042.00", 2)
    assert client.get("/api/v1/licence/invoice?currency=JPY").status_code == 422
    assert client.get("/api/v1/licence/invoice?seats=-4").status_code == 422
    assert client.get("/api/v1/licence/prices").json()["editions"]["basic"]["CNY"][0] == {"upto": 3, "price": "0"}
    assert api_client(scope, "owner").get("/api/v1/licence").status_code == 403
