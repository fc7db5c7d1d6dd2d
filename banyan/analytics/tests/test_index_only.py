"""What my day and targets sum of orders stands in one index: no order need be touched, however many there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.analytics.queries import compare, measures_for
from banyan.forecasts.queries.measures import Question, achieved, measures_on
from tests.cast import Cast

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def my_day(cast: Cast) -> None:
    actor = cast.actor("admin")
    ((measure, spec),) = measures_for(actor, ("orders",))
    compare(actor, measure, spec, first=FIRST, last=LAST)


def targets(cast: Cast) -> None:
    source = next(source for source in measures_on(cast.organization) if source.name == "orders_amount")
    achieved(source, Question(cast.organization, FIRST, LAST))


@pytest.mark.parametrize("ask", [my_day, targets])
def test_all_that_is_asked_of_the_orders_of_a_month_is_in_their_index(scope: Cast, ask: Callable[[Cast], Any]) -> None:
    with CaptureQueriesContext(connection) as asked:
        ask(scope)
    (statement,) = [query["sql"] for query in asked.captured_queries if 'FROM "orders_order"' in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'order_days'")
        (definition,) = cursor.fetchone()
    columns = set(re.findall(r'"orders_order"\."(\w+)"', statement))
    assert {"ordered_on", "status", "amount", "deleted_at"} <= columns
    assert {name for name in columns if not re.search(rf"\b{name}\b", definition)} == set()
