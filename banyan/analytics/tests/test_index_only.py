"""What my day and targets sum of orders is read from an index alone: no order is touched, however many there are."""

from __future__ import annotations

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
def test_orders_of_a_month_are_summed_from_the_index_alone(scope: Cast, ask: Callable[[Cast], Any]) -> None:
    with CaptureQueriesContext(connection) as asked:
        ask(scope)
    (statement,) = [query["sql"] for query in asked.captured_queries if 'FROM "orders_order"' in query["sql"]]
    with connection.cursor() as cursor:
        # A table of a few rows is read as it is, whatever indexes it has.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN (COSTS OFF) {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using order_days on orders_order" in plan, plan
