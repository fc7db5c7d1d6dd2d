"""What opportunities promise: one set-based query from opportunities to people, converted and split by credit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization
from banyan.forecasts.choices import Category
from banyan.forecasts.rules import ZERO
from banyan.money.public import rates_of_day

#: Opportunities of the period as rows of who, in which currency, by which category and how much; what members of a team
#: get of one, its owner gives. Sums of the first two are read from indexes alone.
_FOUND = """
    SELECT owner_id AS person, currency, forecast_category AS category, {bucket_open} AS month, sum(amount) AS amount,
           count(*) AS number
      FROM sales_opportunity
     WHERE organization_id = %(organization)s AND deleted_at IS NULL AND outcome = 'open'
       AND expected_close_on BETWEEN %(first)s AND %(last)s {owners}
     GROUP BY 1, 2, 3{by_month}
    UNION ALL
    SELECT owner_id, currency, 'closed', {bucket_won}, sum(amount), count(*)
      FROM sales_opportunity
     WHERE organization_id = %(organization)s AND deleted_at IS NULL AND outcome = 'won'
       AND closed_on BETWEEN %(first)s AND %(last)s {owners}
     GROUP BY 1, 2, 3{by_month}
    UNION ALL
    SELECT side.person, given.currency, given.category, given.month, side.sign * given.amount, side.number
      FROM (SELECT opportunity.owner_id, member.person_id, opportunity.currency,
                   CASE opportunity.outcome WHEN 'won' THEN 'closed' ELSE opportunity.forecast_category END AS category,
                   CASE opportunity.outcome WHEN 'won' THEN {bucket_won} ELSE {bucket_open} END AS month,
                   sum(opportunity.amount * member.share / 100) AS amount, count(*) AS number
              FROM sales_opportunitymember AS member
              JOIN sales_opportunity AS opportunity ON opportunity.id = member.opportunity_id
             WHERE member.organization_id = %(organization)s AND member.share > 0
               AND opportunity.organization_id = %(organization)s AND opportunity.deleted_at IS NULL
               AND (opportunity.outcome = 'open' AND opportunity.expected_close_on BETWEEN %(first)s AND %(last)s
                    OR opportunity.outcome = 'won' AND opportunity.closed_on BETWEEN %(first)s AND %(last)s)
             GROUP BY 1, 2, 3, 4, 5) AS given,
           LATERAL (VALUES (given.person_id, 1, given.number), (given.owner_id, -1, 0)) AS side (person, sign, number)
"""
_SUMS = """
    WITH found AS ({found})
    SELECT found.person, found.month,
           sum(found.amount * rate.factor) FILTER (WHERE found.category NOT IN ('best_case', 'commit', 'closed')),
           sum(found.amount * rate.factor) FILTER (WHERE found.category = 'best_case'),
           sum(found.amount * rate.factor) FILTER (WHERE found.category = 'commit'),
           sum(found.amount * rate.factor) FILTER (WHERE found.category = 'closed'),
           sum(found.number) FILTER (WHERE found.category <> 'closed'),
           array_agg(found.currency) FILTER (WHERE rate.factor IS NULL AND found.amount <> 0)
      FROM found LEFT JOIN unnest(%(currencies)s::text[], %(factors)s::numeric[]) AS rate (currency, factor)
           ON rate.currency = found.currency
     WHERE found.category IS DISTINCT FROM 'omitted' {people}
     GROUP BY 1, 2
"""
_MONTH = "date_trunc('month', {day})::date"


@dataclass(frozen=True)
class Figures:
    """What the opportunities of one person, or of several, are worth by category, in the organization's currency."""

    pipeline: Decimal = ZERO
    best_case: Decimal = ZERO
    commit: Decimal = ZERO
    closed: Decimal = ZERO
    open_count: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.pipeline + other.pipeline,
            self.best_case + other.best_case,
            self.commit + other.commit,
            self.closed + other.closed,
            self.open_count + other.open_count,
        )

    @property
    def certain(self) -> Decimal:
        """Return what is won and what is committed to."""
        return self.closed + self.commit

    @property
    def hoped(self) -> Decimal:
        """Return what comes in if the best cases do, too."""
        return self.certain + self.best_case

    def by_category(self) -> dict[str, Decimal]:
        """Return the sums by category."""
        return {name: getattr(self, name) for name in Category.values}


@dataclass
class RollUp:
    """Figures by person and month (None unless asked by months); ``unknown`` are currencies without a rate, left out."""

    figures: dict[tuple[uuid.UUID | None, date | None], Figures] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def of(self, person: uuid.UUID | None, month: date | None = None) -> Figures:
        """Return one person's figures."""
        return self.figures.get((person, month), NOTHING)

    def together(self, people: Iterable[uuid.UUID | None]) -> Figures:
        """Return the figures of several people together."""
        found = [figures for person in people if (figures := self.figures.get((person, None))) is not None]
        return Figures(
            sum((one.pipeline for one in found), ZERO),
            sum((one.best_case for one in found), ZERO),
            sum((one.commit for one in found), ZERO),
            sum((one.closed for one in found), ZERO),
            sum(one.open_count for one in found),
        )


NOTHING = Figures()


def roll_up(
    organization: Organization,
    first: date,
    last: date,
    *,
    people: list[uuid.UUID] | None = None,
    by_month: bool = False,
) -> RollUp:
    """Return what the opportunities that close in some days are worth by person and category.

    Open ones count on the day of their expected close, won ones on the day they closed; credit that team members have a
    share of is theirs, not the owner's. Amounts are converted at today's rates.

    Args:
        organization: Whose opportunities.
        first: The first day.
        last: The last day.
        people: Whose figures alone; everybody's without.
        by_month: Whether to tell the months apart.
    """
    owner_limit, person_limit = "", ""
    if people is not None:
        # The credits of members are taken from opportunities of others: these are limited by whom the credit is for.
        owner_limit, person_limit = "AND owner_id = ANY(%(people)s)", "AND found.person = ANY(%(people)s)"
    buckets = {
        "bucket_open": _MONTH.format(day="expected_close_on") if by_month else "NULL::date",
        "bucket_won": _MONTH.format(day="closed_on") if by_month else "NULL::date",
        "by_month": ", 4" if by_month else "",
    }
    rates = _factors(organization)
    values: dict[str, Any] = {
        "organization": organization.pk,
        "first": first,
        "last": last,
        "people": people,
        "currencies": list(rates),
        "factors": list(rates.values()),
    }
    found = RollUp()
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(found=_FOUND.format(owners=owner_limit, **buckets), people=person_limit), values)
        for person, month, pipeline, best_case, commit, closed, number, unknown in cursor.fetchall():
            found.figures[person, month] = Figures(
                pipeline or ZERO, best_case or ZERO, commit or ZERO, closed or ZERO, int(number or 0)
            )
            found.unknown.update(unknown or ())
    return found


def _factors(organization: Organization) -> Mapping[str, Decimal]:
    rates = rates_of_day(organization, today(organization.time_zone))
    return {"": Decimal(1), organization.currency: Decimal(1), **rates.values}
