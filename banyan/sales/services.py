"""What people do in sales."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import Refused
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.sales.choices import Outcome
from banyan.sales.models import Opportunity, Stage


@dataclass(frozen=True)
class StartingStage:
    """A stage of the pipeline that every organization starts with."""

    name: str
    probability: int
    outcome: Outcome = Outcome.OPEN


STARTING_STAGES = (
    StartingStage(gettext_noop("Initial contact"), 10),
    StartingStage(gettext_noop("Needs confirmed"), 30),
    StartingStage(gettext_noop("Quoted"), 50),
    StartingStage(gettext_noop("Negotiation"), 80),
    StartingStage(gettext_noop("Won"), 100, Outcome.WON),
    StartingStage(gettext_noop("Lost"), 0, Outcome.LOST),
)


def create_pipeline(actor: Actor, *, name: str, stages: tuple[StartingStage, ...], is_default: bool = False) -> Record:
    """Create a pipeline with its stages in order and return it."""
    pipeline = door.create(actor, spec_for(actor.organization, "pipeline"), {"name": name, "is_default": is_default})
    rows = [
        {
            "pipeline": pipeline.pk,
            "name": stage.name,
            "position": position,
            "probability": stage.probability,
            "outcome": stage.outcome.value,
        }
        for position, stage in enumerate(stages)
    ]
    door.create_many(actor, spec_for(actor.organization, "stage"), rows)
    return pipeline


def prepare_organization(organization: Organization) -> None:
    """Give a new organization its first pipeline, named in its language."""
    with override(organization.language):
        stages = tuple(StartingStage(_(stage.name), stage.probability, stage.outcome) for stage in STARTING_STAGES)
        create_pipeline(system_actor(organization), name=_("Sales pipeline"), stages=stages, is_default=True)


def move_opportunity(
    actor: Actor, opportunity_id: uuid.UUID, *, stage_id: uuid.UUID, reason: str = "", version: int | None = None
) -> Record:
    """Move an opportunity to a stage; losing it needs a reason.

    Raises ``Stale`` when somebody else has changed it since ``version``.
    """
    values: dict[str, Any] = {"stage": stage_id}
    if reason:
        values["reason"] = reason
    spec = spec_for(actor.organization, "opportunity")
    return door.update(actor, spec, opportunity_id, values, expected_version=version)


def win_opportunity(actor: Actor, opportunity_id: uuid.UUID, *, reason: str = "") -> Record:
    """Move an opportunity to the winning stage of its pipeline."""
    return _close(actor, opportunity_id, outcome=Outcome.WON, reason=reason)


def lose_opportunity(actor: Actor, opportunity_id: uuid.UUID, *, reason: str) -> Record:
    """Move an opportunity to the losing stage of its pipeline; the reason is needed."""
    return _close(actor, opportunity_id, outcome=Outcome.LOST, reason=reason)


def _close(actor: Actor, opportunity_id: uuid.UUID, *, outcome: Outcome, reason: str) -> Record:
    pipelines = Opportunity.objects.filter(pk=opportunity_id).values("pipeline_id")
    stage = Stage.objects.filter(pipeline_id__in=pipelines, outcome=outcome, deleted_at__isnull=True).first()
    if stage is None:
        raise Refused("no_such_stage", _("This pipeline has no stage that means so; add one in the settings."))
    return move_opportunity(actor, opportunity_id, stage_id=stage.pk, reason=reason)
