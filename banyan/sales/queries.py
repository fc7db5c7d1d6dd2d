"""What the sales app looks up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Sum

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.sales.choices import Outcome
from banyan.sales.models import Opportunity, Pipeline, Stage


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
