"""What people do in sales."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.tenancy.models import Organization
from banyan.sales.choices import Outcome
from banyan.sales.models import Opportunity, Pipeline, Stage


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


@dataclass(frozen=True)
class StageDraft:
    """A stage as an administrator wants it; without ``id`` it is a new one, with ``is_removed`` it goes.

    Where nothing is said of the ``forecast_category``, it stays.
    """

    name: str
    probability: int = 0
    outcome: str = Outcome.OPEN.value
    stale_days: int = 30
    color: str = ""
    card_limit: int = 0
    forecast_category: str | None = None
    id: uuid.UUID | None = None
    is_removed: bool = False

    def values(self, position: int) -> dict[str, Any]:
        """Return the stage's fields at a place in the pipeline."""
        values = {
            "name": self.name,
            "position": position,
            "probability": self.probability,
            "outcome": self.outcome,
            "stale_days": self.stale_days,
            "color": self.color,
            "card_limit": self.card_limit,
        }
        return values if self.forecast_category is None else values | {"forecast_category": self.forecast_category}


@transaction.atomic
def shape_pipeline(
    actor: Actor, pipeline_id: uuid.UUID, *, name: str, is_default: bool, stages: Sequence[StageDraft]
) -> None:
    """Give a pipeline its name and exactly these stages in this order.

    Raises:
        Missing: There is no such pipeline, or a stage belongs to another one.
        Refused: A stage in use would go or change its meaning, or no open or winning stage would be left.
    """
    pipelines, spec = spec_for(actor.organization, "pipeline"), spec_for(actor.organization, "stage")
    _require_ends([draft for draft in stages if not draft.is_removed])
    door.update(actor, pipelines, pipeline_id, {"name": name, "is_default": is_default or _is_default(pipeline_id)})
    if is_default:
        others = Pipeline.objects.filter(is_default=True, deleted_at__isnull=True).exclude(pk=pipeline_id)
        for other in others.values_list("pk", flat=True):
            door.update(actor, pipelines, other, {"is_default": False})
    present = {row.pk: row for row in Stage.objects.filter(pipeline_id=pipeline_id, deleted_at__isnull=True)}
    removed = [draft.id for draft in stages if draft.id and draft.is_removed]
    for position, draft in enumerate(draft for draft in stages if not draft.is_removed):
        if draft.id is None:
            door.create(actor, spec, {"pipeline": pipeline_id, **draft.values(position)})
            continue
        if draft.id not in present:
            raise Missing("not_found", _("This stage does not belong to the pipeline."))
        if draft.outcome != present[draft.id].outcome:
            _require_unused(present[draft.id])
        door.update(actor, spec, draft.id, draft.values(position))
    for stage_id in removed:
        if stage_id in present:
            _require_unused(present[stage_id])
            recycle.delete(actor, spec, [stage_id])


@transaction.atomic
def delete_pipeline(actor: Actor, pipeline_id: uuid.UUID) -> None:
    """Put a pipeline into the recycle bin; raise ``Refused`` while it is in use or the only or default one."""
    if _is_default(pipeline_id):
        raise Refused("default_pipeline", _("The default pipeline stays. Make another one the default first."))
    if Opportunity.objects.filter(pipeline_id=pipeline_id, deleted_at__isnull=True).exists():
        raise Refused("pipeline_in_use", _("Opportunities are in this pipeline. Move them to another one first."))
    recycle.delete(actor, spec_for(actor.organization, "pipeline"), [pipeline_id])


def _is_default(pipeline_id: uuid.UUID) -> bool:
    return Pipeline.objects.filter(pk=pipeline_id, is_default=True).exists()


def _require_ends(stages: Sequence[StageDraft]) -> None:
    outcomes = {stage.outcome for stage in stages}
    if not {Outcome.OPEN.value, Outcome.WON.value} <= outcomes:
        raise Refused("no_way_to_win", _("A pipeline needs at least one open stage and one that means won."))


def _require_unused(stage: Stage) -> None:
    if Opportunity.objects.filter(stage=stage, deleted_at__isnull=True).exists():
        message = _("Opportunities are in the stage “%(name)s”. Move them to another one first.")
        raise Refused("stage_in_use", message % {"name": stage.name})


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
