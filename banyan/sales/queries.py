"""What the sales app looks up."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, Concat, Greatest

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import split_reference
from banyan.core.objects.registry import spec_for
from banyan.customers.public import Activity
from banyan.products.public import lines_of
from banyan.sales.choices import DECIDERS, Outcome
from banyan.sales.models import (
    Competitor,
    Opportunity,
    OpportunityCompetitor,
    OpportunityContact,
    OpportunityMember,
    OpportunityState,
    Pipeline,
    RiskLimits,
    Stage,
)
from banyan.sales.rules import (
    MOVEMENTS,
    Limits,
    Split,
    Standing,
    days_in_stage,
    splits,
)

#: What one event may make us look at again at once; what a larger piece of work changed is looked at soon after.
MOST_OF_AN_EVENT = 200


@dataclass(frozen=True)
class OpenValue:
    """How many opportunities are open, and what they add up to by currency."""

    count: int
    sums: dict[str, Decimal]


def default_pipeline_id() -> uuid.UUID | None:
    """Return the pipeline that new opportunities and stages belong to when none is named."""
    pipelines = Pipeline.objects.filter(deleted_at__isnull=True).order_by("-is_default", "position", "id")
    return pipelines.values_list("pk", flat=True).first()


def open_value(actor: Actor, customer_id: uuid.UUID) -> OpenValue:
    """Return what a customer's open opportunities that the actor may see are worth."""
    spec = spec_for(actor.organization, "opportunity")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id, outcome=Outcome.OPEN)
    found = list(rows.values("currency").annotate(number=Count("*"), total=Sum("amount")))
    sums: dict[str, Decimal] = {}
    for row in found:
        currency = row["currency"] or actor.currency
        sums[currency] = sums.get(currency, Decimal(0)) + (row["total"] or Decimal(0))
    return OpenValue(sum(row["number"] for row in found), sums)


def stage_of(stage_id: uuid.UUID | None) -> Stage | None:
    """Return a stage that is not deleted."""
    return Stage.objects.filter(pk=stage_id, deleted_at__isnull=True).first() if stage_id else None


def open_stage_ids(pipeline_id: uuid.UUID | None) -> set[uuid.UUID]:
    """Return the stages of a pipeline in which opportunities are still open."""
    stages = Stage.objects.filter(pipeline=pipeline_id, outcome=Outcome.OPEN, deleted_at__isnull=True)
    return set(stages.values_list("pk", flat=True))


def won_since(customer: str, since: Any) -> Exists:
    """Return the condition that a customer, named by the path of its id, has had an opportunity won since a day."""
    rows = Opportunity.objects.filter(customer_id=OuterRef(customer), deleted_at__isnull=True, outcome=Outcome.WON)
    return Exists(rows.filter(closed_on__gte=since))


def open_opportunity(customer: str) -> Exists:
    """Return the condition that a customer, named by the path of its id, has an open opportunity."""
    rows = Opportunity.objects.filter(customer_id=OuterRef(customer), deleted_at__isnull=True, outcome=Outcome.OPEN)
    return Exists(rows)


def limits_of_risk() -> Limits:
    """Return from when on opportunities count as being at risk."""
    row = RiskLimits.objects.first()
    if row is None:
        return Limits()
    return Limits(**{entry.name: getattr(row, entry.name) for entry in fields(Limits)})


def standings(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[Standing, list[str]]]:
    """Return how open opportunities stand now, and the signs of risk that are kept of each, in one query."""
    at = now()
    newest = Activity.objects.filter(deleted_at__isnull=True).order_by("-happened_at").values("happened_at")
    on_it = newest.filter(about=Concat(Value("opportunity:"), Cast(OuterRef("pk"), TextField())))
    of_customer = newest.filter(customer=OuterRef("customer_id")).exclude(about__startswith="opportunity:")
    deciders = OpportunityContact.objects.filter(opportunity=OuterRef("pk"), role__in=DECIDERS, deleted_at__isnull=True)
    history = OpportunityState.objects.filter(
        opportunity=OuterRef("pk"), outcome=Outcome.OPEN, currency=OuterRef("currency")
    )
    highest = history.order_by().values("opportunity").annotate(highest=Max("amount")).values("highest")
    rows = (
        Opportunity.objects.filter(pk__in=list(ids), outcome=Outcome.OPEN, deleted_at__isnull=True)
        .annotate(
            heard_at=Greatest("created_at", Subquery(on_it[:1]), Subquery(of_customer[:1])),
            has_decider=Exists(deciders),
            highest_amount=Subquery(highest),
        )
        .values_list(
            "pk", "created_at", "stage_since", "stage__stale_days", "probability", "next_step", "next_step_on", "expected_close_on",
            "pushed_count", "heard_at", "has_decider", "amount", "highest_amount", "risks",
        )
    )  # fmt: skip
    return {
        pk: (
            Standing(
                age_days=days_in_stage(created_at, at),
                days_in_stage=days_in_stage(since, at),
                stale_days=stale_days or 0,
                probability=probability or 0,
                next_step=next_step,
                next_step_on=next_step_on,
                expected_close_on=close_on,
                pushed_count=pushed,
                quiet_for=days_in_stage(heard_at, at),
                has_decider=has_decider,
                amount=amount,
                highest_amount=highest_amount,
            ),
            risks,
        )
        for (
            pk, created_at, since, stale_days, probability, next_step, next_step_on, close_on, pushed, heard_at, has_decider, amount,
            highest_amount, risks,
        ) in rows
    }  # fmt: skip


def open_ids(*, changed_since: datetime | None = None) -> list[uuid.UUID]:
    """Return the open opportunities, or those of them that have changed since an instant."""
    rows = Opportunity.objects.filter(outcome=Outcome.OPEN, deleted_at__isnull=True)
    if changed_since is not None:
        rows = rows.filter(updated_at__gte=changed_since)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def opportunities_behind(activities: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Return the open opportunities that follow-ups are about, or whose customers they are about."""
    found = list(Activity.objects.filter(pk__in=list(activities)).values_list("about", "customer_id"))
    pointed = [split_reference(about) for about, _customer in found]
    named = {to[1] for to in pointed if to is not None and to[0] == "opportunity"}
    customers = {customer for _about, customer in found} - {None}
    rows = Opportunity.objects.filter(Q(pk__in=named) | Q(customer_id__in=customers))
    rows = rows.filter(outcome=Outcome.OPEN, deleted_at__isnull=True)
    return list(rows.values_list("pk", flat=True)[:MOST_OF_AN_EVENT])


def splits_of(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Split]]:
    """Return whose credit opportunities are, in two queries: shares make a hundred, overlays come besides."""
    owners = dict(Opportunity.objects.filter(pk__in=list(ids)).values_list("pk", "owner_id"))
    members: dict[uuid.UUID, list[tuple[uuid.UUID, Decimal, Decimal]]] = {}
    rows = OpportunityMember.objects.filter(opportunity_id__in=list(ids))
    for opportunity, person, share, overlay in rows.values_list("opportunity_id", "person_id", "share", "overlay"):
        members.setdefault(opportunity, []).append((person, share, overlay))
    return {pk: splits(owner, members.get(pk, ())) for pk, owner in owners.items()}


def states_at(instant: datetime, **conditions: Any) -> QuerySet[OpportunityState]:
    """Return how opportunities stood at an instant; ``conditions`` narrow them as a filter of the model does."""
    rows = OpportunityState.objects.filter(since__lte=instant, **conditions)
    return rows.filter(Q(until__isnull=True) | Q(until__gt=instant))


def lines_to_take_over(opportunity_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the lines of an opportunity as a quote, an order or a copy takes them over; the opportunity may be seen."""
    names = ("name", "unit", "quantity", "unit_price", "discount_percent", "tax_rate")
    return [
        {"product": line["product_id"], **{name: line[name] for name in names}}
        for line in lines_of("opportunity", opportunity_id)
    ]


#: So many opportunities of each kind of movement are named.
LISTED = 50


@dataclass
class Comparison:
    """The pipeline of a period on two instants: sums and numbers of movements by kind, and the largest of each kind."""

    start: Decimal
    end: Decimal
    sums: dict[str, Decimal]
    moved: dict[str, list[tuple[uuid.UUID, Decimal]]]
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """What is compared: two instants, the period of the expected close, the currency, and a pipeline or all."""

    begin: datetime
    finish: datetime
    first: date | None = None
    last: date | None = None
    currency: str = ""
    pipeline: uuid.UUID | None = None
    owner: uuid.UUID | None = None


#: States of opportunities between two instants, paired. What is counted before, plus all movements, is counted after:
#: open ones whose expected close lies in the period count.
MOVED = """
WITH state (opportunity_id, since, until, outcome, amount, expected_on, closed_on) AS ({states}),
judged AS (
    SELECT state.*, state.outcome = 'open' AND {expected_within} AS counts, {closed_within} AS closes_within FROM state
), before AS (
    SELECT * FROM judged WHERE since <= %s AND until > %s AND until <= %s
), after AS (
    SELECT * FROM judged WHERE since > %s AND since <= %s AND (until IS NULL OR until > %s)
), pair AS (
    SELECT COALESCE(before.opportunity_id, after.opportunity_id) AS id, before.opportunity_id IS NOT NULL AS was_there,
           after.opportunity_id IS NOT NULL AS is_there, COALESCE(before.counts, false) AS was,
           COALESCE(after.counts, false) AS now_is, COALESCE(before.amount, 0) AS old, COALESCE(after.amount, 0) AS new,
           after.outcome, COALESCE(after.closes_within, false) AS closes_within
      FROM before FULL JOIN after ON after.opportunity_id = before.opportunity_id
), movement AS (
    SELECT id, CASE WHEN was AND now_is THEN CASE WHEN new > old THEN 'grown' ELSE 'shrunk' END
                    WHEN now_is THEN CASE WHEN was_there THEN 'moved_in' ELSE 'new' END
                    WHEN NOT is_there THEN 'removed'
                    WHEN outcome = 'open' THEN 'moved_out' ELSE outcome END AS kind,
           CASE WHEN was AND now_is THEN new - old WHEN now_is THEN new ELSE -old END AS amount
      FROM pair WHERE (was OR now_is) AND NOT (was AND now_is AND new = old)
     UNION ALL
    -- It came and went between the two days.
    SELECT id, both_of.kind, both_of.amount
      FROM pair CROSS JOIN LATERAL (VALUES ('new', new), (outcome, -new)) AS both_of (kind, amount)
     WHERE NOT was_there AND is_there AND outcome <> 'open' AND closes_within
), ranked AS (
    SELECT kind, id, amount, sum(amount) OVER (PARTITION BY kind) AS total, count(*) OVER (PARTITION BY kind) AS number,
           row_number() OVER (PARTITION BY kind ORDER BY abs(amount) DESC, id) AS place
      FROM movement
)
SELECT kind, id, amount, total, number, NULL FROM ranked WHERE place <= %s
 UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, sum(old) FROM pair WHERE was
 ORDER BY 1, 5
"""


def compare(actor: Actor, asked: Compared) -> Comparison:
    """Return what changed in the pipeline that the actor sees: added up by the database, the largest of each kind named."""
    spec = spec_for(actor.organization, "opportunity")
    visible = restrict(Opportunity.objects.all(), actor, spec)
    if asked.owner is not None:
        visible = visible.filter(owner=asked.owner)
    rows = OpportunityState.objects.filter(opportunity__in=visible.values("pk"))
    rows = (
        rows.filter(Q(currency=asked.currency) | Q(currency=""))
        if asked.currency == actor.currency
        else rows.filter(currency=asked.currency)
    )
    if asked.pipeline is not None:
        rows = rows.filter(pipeline=asked.pipeline)
    at_begin = rows.filter(since__lte=asked.begin)
    steady = at_begin.filter(Q(until__isnull=True) | Q(until__gt=asked.finish), outcome=Outcome.OPEN)
    if asked.first is not None or asked.last is not None:
        steady = steady.filter(
            expected_close_on__gte=asked.first or date.min, expected_close_on__lte=asked.last or date.max
        )
    start = steady.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    found = Comparison(start, start, dict.fromkeys(MOVEMENTS, Decimal(0)), {kind: [] for kind in MOVEMENTS})
    # What began before the second instant and did not end before the first one.
    touched = rows.filter(since__lte=asked.finish).filter(Q(until__isnull=True) | Q(until__gt=asked.begin))
    names = ("opportunity_id", "since", "until", "outcome", "amount", "expected_close_on", "closed_on")
    try:
        states, values = touched.order_by().values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return found
    first, last = asked.first or date.min, asked.last or date.max
    is_limited = asked.first is not None or asked.last is not None
    within = "COALESCE({day} BETWEEN %s AND %s, false)" if is_limited else "true"
    statement = MOVED.replace("{states}", states)
    for name in ("expected", "closed"):
        statement = statement.replace(f"{{{name}_within}}", within.replace("{day}", f"{name}_on"))
    limits = [first, last, first, last] if is_limited else []
    begin, finish = asked.begin, asked.finish
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *limits, begin, begin, finish, begin, finish, finish, LISTED])
        rows_found = cursor.fetchall()
    for kind, pk, amount, total, number, was in rows_found:
        if kind is None:
            found.start += was or Decimal(0)
            continue
        found.sums[kind], found.counts[kind] = total, number
        found.moved[kind].append((pk, amount))
    for entries in found.moved.values():
        entries.sort(key=lambda entry: (-abs(entry[1]), entry[0]))
    found.end = found.start + sum(found.sums.values(), Decimal(0))
    return found


def currencies_of_history() -> list[str]:
    """Return the currencies in which opportunities were ever counted."""
    return list(
        OpportunityState.objects.exclude(currency="").order_by("currency").values_list("currency", flat=True).distinct()
    )


@dataclass
class Race:
    """How often a competitor was met, and how it ended."""

    competitor: Competitor
    in_play: int = 0
    won_against: int = 0
    lost_to: int = 0


def races(actor: Actor) -> list[Race]:
    """Return how it stands against each competitor in the opportunities that the actor sees, most met first."""
    spec = spec_for(actor.organization, "opportunity")
    visible = restrict(live_rows(actor, spec), actor, spec)
    met = OpportunityCompetitor.objects.filter(opportunity__in=visible.values("pk"))
    found = {row.pk: Race(row) for row in Competitor.objects.all()}
    for row in met.order_by().values("competitor", "state").annotate(number=Count("pk")):
        setattr(found[row["competitor"]], row["state"], row["number"])
    return sorted(
        found.values(),
        key=lambda race: (-(race.won_against + race.lost_to + race.in_play), race.competitor.name.casefold()),
    )
