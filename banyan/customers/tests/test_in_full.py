"""The customer in full: sums over the years, life cycle, health with its reasons."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.clock import now, today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.web.tests.pages import page_text
from banyan.customers.health import Rhythm, buying_rhythm, contact_points, health_score, trend_points
from banyan.customers.models import Customer
from banyan.orders.public import place_order
from tests.cast import Cast, sign_in


@pytest.fixture
def customer(scope: Cast) -> Customer:
    admin = scope.actor("admin")
    made = door.create(admin, spec_for(scope.organization, "customer"), {"name": "Harbor Light"})
    assert isinstance(made, Customer)
    return made


def ordered(scope: Cast, customer: Customer, days_ago: int, amount: str) -> None:
    day = today(scope.actor("admin").time_zone) - timedelta(days=days_ago)
    line = {"name": "Lamp", "quantity": "2", "unit_price": amount}
    place_order(scope.actor("admin"), {"customer": customer.pk, "ordered_on": day}, [line])


def test_panel_tells_what_was_ordered_how_often_and_that_the_next_order_is_overdue(
    scope: Cast, customer: Customer
) -> None:
    for days_ago in (400, 370, 340, 310):
        ordered(scope, customer, days_ago, "100")

    page = page_text(sign_in(scope, "admin").get(f"/customers/{customer.pk}/in-full"))

    assert "Ordered in all CN¥800" in page
    assert "4 orders since" in page
    assert "Average order CN¥200" in page
    assert "Orders usually come every 30 days; the last one was 310 days ago." in page
    assert "-25" in page


def test_life_cycle_shows_each_stage_with_its_days(scope: Cast, customer: Customer) -> None:
    admin, spec = scope.actor("admin"), spec_for(scope.organization, "customer")
    Customer.objects.filter(pk=customer.pk).update(created_at=now() - timedelta(days=12))
    door.update(admin, spec, customer.pk, {"status": "active"})

    page = page_text(sign_in(scope, "admin").get(f"/customers/{customer.pk}/in-full"))

    assert "Prospect since" in page
    assert "12 days" in page
    assert page.index("Prospect since") < page.index("Active customer since")


def test_whoever_may_not_see_the_customer_sees_nothing_of_it(scope: Cast, customer: Customer) -> None:
    assert sign_in(scope, "salesperson").get(f"/customers/{customer.pk}/in-full").status_code == 404
    assert Client().get(f"/customers/{customer.pk}/in-full").status_code == 302


@given(st.lists(st.integers(-60, 60)))
def test_health_stays_on_its_scale_and_never_falls_for_a_good_sign(points: list[int]) -> None:
    assert 0 <= health_score(points) <= 100
    assert health_score([*points, 5]) >= health_score(points)


def test_signs_of_health_follow_their_rules() -> None:
    assert [contact_points(days, 500) for days in (0, 20, 45, 100, 121)] == [15, 5, 0, -15, -30]
    assert [contact_points(None, days) for days in (1, 45, 200)] == [0, 0, -30]
    rhythm = buying_rhythm(date(2026, 1, 1), date(2026, 3, 2), 3, date(2026, 4, 20))
    assert rhythm == Rhythm(30, 49)
    assert rhythm.points == 0
    assert buying_rhythm(date(2026, 1, 1), date(2026, 3, 2), 2, date(2026, 4, 20)) is None
    assert [trend_points(Decimal(a), Decimal(b)) for a, b in (("110", "100"), ("70", "100"), ("90", "100"), ("5", "0"))] == [
        10, -15, 0, 0,
    ]  # fmt: skip
