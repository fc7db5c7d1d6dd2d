"""How long opportunities take: what the change log knows of finished stays in stages, and of whole sales."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, DateTimeField, DurationField, ExpressionWrapper, F, Min, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Extract

from banyan.analytics.reports.shapes import Condition, Question, Sums
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest, matching_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.models import Change, ChangeAction
from banyan.sales.choices import Outcome

SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True)
class Stays:
    """How many stays in a stage have ended, and how many days they took on average."""

    count: int
    days: float


@dataclass
class Standing:
    """What stands in a stage now: how much, for how long on average, since when the longest."""

    count: int
    days: float
    longest: float
    sums: Sums


def finished_stays(question: Question, spec: ObjectSpec) -> dict[uuid.UUID, Stays]:
    """Return the stays in stages that ended in the period, by stage.

    Each move is one row of the change log that holds the stage it left and since when it had been
    there, so no row needs its neighbours. Costs one query over the updates of the period.
    """
    moves = Change.objects.filter(
        organization_id=question.actor.organization_id,
        object_name=spec.name,
        action=ChangeAction.UPDATE,
        at__gte=_midnight(question, 0),
        at__lt=_midnight(question, 1),
        values__has_keys=["stage", "stage_since"],
        record_id__in=matching_rows(question.actor, spec, ListRequest()).values("pk"),
    ).order_by()
    began = Cast(_text("stage_since", 0), DateTimeField())
    ended = Cast(_text("stage_since", 1), DateTimeField())
    stay = ExpressionWrapper(ended - began, output_field=DurationField())
    found = moves.values(stage=_text("stage", 0)).annotate(number=Count("pk"), average=Avg(stay))
    return {
        uuid.UUID(row["stage"]): Stays(row["number"], row["average"].total_seconds() / SECONDS_OF_A_DAY)
        for row in found
        if row["stage"] and row["average"] is not None
    }


def standing_now(question: Question, spec: ObjectSpec, conditions: Sequence[Condition]) -> dict[uuid.UUID, Standing]:
    """Return how many open opportunities stand in each stage and for how long, in one query."""
    rows = matching_rows(question.actor, spec, ListRequest(filter=parse_tree({"all": list(conditions)})))
    moment = now()
    found: dict[uuid.UUID, Standing] = {}
    totals = rows.values("stage_id", "currency").annotate(
        number=Count("pk"),
        total=Sum("amount"),
        since=Avg(Extract("stage_since", "epoch", tzinfo=UTC)),
        first=Min("stage_since"),
    )
    for row in totals:
        standing = found.setdefault(row["stage_id"], Standing(0, 0.0, 0.0, {}))
        days = (moment.timestamp() - float(row["since"])) / SECONDS_OF_A_DAY
        count = standing.count + row["number"]
        standing.days = max(0.0, (standing.days * standing.count + days * row["number"]) / count)
        standing.count = count
        standing.longest = max(standing.longest, (moment - row["first"]) / timedelta(days=1))
        currency = row["currency"] or question.actor.currency
        standing.sums[currency] = standing.sums.get(currency, Decimal(0)) + (row["total"] or Decimal(0))
    return found


def days_to_close(question: Question, spec: ObjectSpec) -> dict[Outcome, tuple[int, float]]:
    """Return for won and lost how many were closed in the period, and their average days from start to close.

    Only opportunities that say both days count.
    """
    conditions = [question.within("closed_on"), {"field": "started_on", "op": "isnull", "value": False}]
    rows = matching_rows(question.actor, spec, ListRequest(filter=parse_tree({"all": conditions})))
    took = ExpressionWrapper(F("closed_on") - F("started_on"), output_field=DurationField())
    found = rows.exclude(outcome=Outcome.OPEN).values("outcome").annotate(number=Count("pk"), average=Avg(took))
    return {
        Outcome(row["outcome"]): (row["number"], row["average"].total_seconds() / SECONDS_OF_A_DAY) for row in found
    }


def _text(name: str, position: int) -> KeyTextTransform:
    """Return the old (0) or new (1) value that a change has of a field, as text."""
    return KeyTextTransform(position, KeyTransform(name, "values"))


def _midnight(question: Question, days_later: int) -> datetime:
    """Return the instant at which the period begins (0), or that follows it (1)."""
    day = question.period.last + timedelta(days=1) if days_later else question.period.first
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(question.actor.time_zone))
