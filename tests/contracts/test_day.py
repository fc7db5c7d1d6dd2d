"""My day: everything a salesperson begins with, in a number of questions that does not grow with the records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.core.kernel.clock import now, today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.web.tests.pages import page_text, reads
from banyan.customers.models import Customer
from banyan.sales.models import Opportunity
from tests.cast import Cast, sign_in

#: Statements that read something for the page of a salesperson with every module, one of them for leads to answer; raise it
#: only knowing for what.
MOST_READS = 34
LONG_AGO = timedelta(days=90)


@pytest.fixture(autouse=True)
def english(scope: Cast) -> None:
    for user in scope.users.values():
        user.language = "en"
        user.save(update_fields=["language"])


class Day:
    """Fills somebody's day."""

    def __init__(self, scope: Cast, name: str) -> None:
        self.actor = scope.actor(name)
        self.today = today(self.actor.time_zone)

    def make(self, object_name: str, **values: Any) -> Any:
        return door.create(self.actor, spec_for(self.actor.organization, object_name), values)

    def fill(self, count: int) -> None:
        """Make so many of each thing that stands on the page."""
        for number in range(count):
            self.make("task", name=f"Late task {number}", due_on=str(self.today - timedelta(days=number + 1)))
            self.make("task", name=f"Coming task {number}", due_on=str(self.today + timedelta(days=2)))
            self.make("task", name=f"Far task {number}", due_on=str(self.today + timedelta(days=60)))
            missed = self.make("customer", name=f"Missed customer {number}")
            due = self.make("customer", name=f"Due customer {number}")
            neglected = self.make("customer", name=f"Neglected customer {number}")
            rows = Customer.objects
            rows.filter(pk=missed.pk).update(
                next_follow_up_on=self.today - timedelta(days=4), created_at=now() - LONG_AGO
            )
            rows.filter(pk=due.pk).update(next_follow_up_on=self.today, created_at=now() - LONG_AGO)
            rows.filter(pk=neglected.pk).update(
                status="active", created_at=now() - LONG_AGO, last_activity_at=now() - LONG_AGO
            )
            new = self.make("customer", name=f"New customer {number}")
            self.make("opportunity", name=f"Open deal {number}", customer=str(new.pk), amount="1200")


@pytest.fixture
def day(scope: Cast) -> Day:
    return Day(scope, "salesperson")


def test_day_shows_tasks_follow_ups_customers_and_open_opportunities(scope: Cast, day: Day) -> None:
    day.fill(1)
    lost = day.make("opportunity", name="Lost deal", customer=str(Customer.objects.get(name="New customer 0").pk))
    stages = spec_for(scope.organization, "stage").model.objects
    losing = stages.filter(pipeline_id=lost.pipeline_id, outcome="lost").get()
    Opportunity.objects.filter(pk=lost.pk).update(stage=losing)

    text = page_text(sign_in(scope, "salesperson").get("/"))

    assert text.index("Late task 0") < text.index("Coming task 0")
    assert text.index("Missed customer 0") < text.index("Due customer 0")
    shown = [name for name in ("New customer 0", "Neglected customer 0", "Open deal 0") if name in text]
    assert shown == ["New customer 0", "Neglected customer 0", "Open deal 0"]
    assert "Far task 0" not in text
    assert "Lost deal" not in text


def test_day_offers_to_create_what_people_create_most(scope: Cast) -> None:
    html = sign_in(scope, "salesperson").get("/").text

    assert {"/customers/new", "/tasks/quick"} <= {url for url in ("/customers/new", "/tasks/quick") if url in html}
    assert 'data-shortcut="c"' in html


def test_day_is_one_s_own(scope: Cast, day: Day) -> None:
    day.fill(1)

    text = page_text(sign_in(scope, "teammate").get("/"))

    assert "Late task 0" not in text
    assert "Missed customer 0" not in text
    assert "Open deal 0" not in text


def test_reader_without_rights_to_tasks_gets_a_day_without_them(scope: Cast) -> None:
    assert sign_in(scope, "viewer").get("/").status_code == 200


def test_number_of_questions_does_not_grow_with_the_records(scope: Cast, day: Day) -> None:
    browser = sign_in(scope, "salesperson")
    counts = []
    for count in (9, 3):
        day.fill(count)
        browser.get("/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get("/")
        counts.append(len(reads(queries)))

    assert counts[0] == counts[1]
    assert counts[1] <= MOST_READS
