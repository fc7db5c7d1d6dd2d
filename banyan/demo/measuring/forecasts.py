"""What it costs to roll a forecast up: 200,000 opportunities of 2,000 people, beside raw SQL for the same sums."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection, connections

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.demo.measuring.figures import Figure
from banyan.forecasts.public import roll_up
from banyan.money.public import fiscal_period

OPPORTUNITIES, PEOPLE = 200_000, 2_000
DAYS = 360
RUNS = 15
BOUND = 150
#: Every owner gets as many, in the running quarter and the three after it, a tenth of them in another currency.
_FILL = """
    WITH people AS (SELECT array_agg(id) AS ids, count(*) AS number FROM (
             SELECT id FROM identity_user WHERE organization_id = %(organization)s ORDER BY id LIMIT %(people)s) AS chosen)
    INSERT INTO sales_opportunity (id, organization_id, number, owner_id, custom, search, version, created_at, updated_at, name,
           product, customer_id, pipeline_id, stage_id, amount, currency, expected_close_on, outcome, closed_on, reason,
           competitor, source, next_step, notes, tags, stage_since, probability, is_probability_own, forecast_category,
           is_category_own, risks, pushed_count, prices_include_tax)
    SELECT gen_random_uuid(), sample.organization_id, 'F' || place, people.ids[1 + place / 16 %% people.number], '{}', sample.search,
           1, now(), now(), sample.name, '', sample.customer_id, sample.pipeline_id, sample.stage_id, 1000 + place %% 90000,
           CASE WHEN place %% 10 = 0 THEN '' ELSE sample.currency END, %(first)s::date + (place %% %(days)s)::int,
           CASE WHEN place %% 4 = 0 THEN 'won' ELSE 'open' END,
           CASE WHEN place %% 4 = 0 THEN %(first)s::date + (place %% 80)::int END, '', '', '', '', '', '{}', now(), 50, false,
           (ARRAY['pipeline', 'best_case', 'commit', 'omitted'])[1 + place / 4 %% 4], false, '{}', 0, true
      FROM sales_opportunity AS sample, people, generate_series(1, %(count)s) AS place
     WHERE sample.id = (SELECT id FROM sales_opportunity WHERE organization_id = %(organization)s LIMIT 1)
"""
_RAW = """
    SELECT owner_id, forecast_category, sum(amount) FROM sales_opportunity
     WHERE organization_id = %(organization)s AND deleted_at IS NULL AND outcome = 'open'
       AND expected_close_on BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
    UNION ALL
    SELECT owner_id, 'closed', sum(amount) FROM sales_opportunity
     WHERE organization_id = %(organization)s AND deleted_at IS NULL AND outcome = 'won'
       AND closed_on BETWEEN %(first)s AND %(last)s GROUP BY 1
"""


def roll_forecasts_up(organization: Organization, *, count: int = OPPORTUNITIES) -> Iterator[Figure]:
    """Yield what a roll-up of a quarter costs, and one of a year that holds all the opportunities; nothing of it stays."""
    with organization_scope(organization.pk):
        actor = system_actor(Organization.objects.get(pk=organization.pk))
        quarter = fiscal_period(actor.organization, today(actor.time_zone), "quarter")
        values: dict[str, Any] = {
            "organization": organization.pk,
            "people": PEOPLE,
            "count": count,
            "first": quarter.first,
            "days": DAYS,
        }
        with connection.cursor() as cursor:
            cursor.execute(_FILL, values)
    # As the database does by itself in an hour: what is in an index need not be looked up in the table then.
    _tidy()
    try:
        year = quarter.first + timedelta(days=DAYS)
        for name, last in (("of a quarter", quarter.last), (f"over {count:,} opportunities", year)):
            with organization_scope(organization.pk):
                yield _figure(actor, f"forecast roll-up {name}", quarter.first, last)
    finally:
        with organization_scope(organization.pk), connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM sales_opportunity WHERE organization_id = %s AND number LIKE 'F%%'", [organization.pk]
            )
        _tidy()


def _tidy() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE sales_opportunity")


def _figure(actor: Actor, name: str, first: date, last: date) -> Figure:
    values = {"organization": actor.organization_id, "first": first, "last": last}
    ours = _times(lambda: roll_up(actor.organization, first, last))
    raw = _times(lambda: _raw(values))
    p95 = round(statistics.quantiles(ours, n=20)[-1], 2)
    return Figure(name, round(statistics.median(ours), 2), raw=round(statistics.median(raw), 2), bound=BOUND, p95=p95)


def _raw(values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RAW, values)
        cursor.fetchall()


def _times(work: Callable[[], Any]) -> list[float]:
    work()
    found = []
    for _run in range(RUNS):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1_000)
    return found
