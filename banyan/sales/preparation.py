"""What the sales app derives and refuses while opportunities pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from banyan.core.access.actor import Channel
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now, today
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import Customer
from banyan.sales.choices import Outcome
from banyan.sales.models import Pipeline, Stage
from banyan.sales.rules import furthest_stage


@dataclass
class _Process:
    """The pipelines and stages of the organization, read once per write."""

    stages: dict[uuid.UUID, Stage] = field(default_factory=dict)
    first: dict[uuid.UUID, Stage] = field(default_factory=dict)
    open_ids: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    default: Stage | None = None

    @classmethod
    def load(cls) -> _Process:
        process = cls()
        stages = Stage.objects.filter(deleted_at__isnull=True).order_by("position", "id")
        for stage in stages:
            process.stages[stage.pk] = stage
            process.first.setdefault(stage.pipeline_id, stage)
            if stage.outcome == Outcome.OPEN:
                process.open_ids.setdefault(stage.pipeline_id, []).append(stage.pk)
        pipelines = Pipeline.objects.filter(deleted_at__isnull=True).order_by("-is_default", "position", "id")
        default = pipelines.first()
        process.default = process.first.get(default.pk) if default else None
        return process


def prepare_opportunities(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let pipeline, outcome, closing day and time in stage follow from the stage.

    Losing needs a reason, except from a file: history often has none.
    """
    _name_after_what_is_sold(drafts)
    _take_over_sources(drafts)
    if not any(draft.is_new or draft.changes("stage", "pipeline", "outcome", "closed_on") for draft in drafts):
        return
    process = _Process.load()
    for draft in drafts:
        stage = _stage_of(draft, process)
        if stage is None:
            continue
        draft.set("stage", stage.pk)
        draft.set("pipeline", stage.pipeline_id)
        draft.set("furthest_stage", _furthest_of(draft, stage, process))
        draft.set("outcome", stage.outcome)
        if draft.is_new or draft.changes("stage"):
            draft.set("stage_since", now())
            _close_or_reopen(draft, stage, context)


def _name_after_what_is_sold(drafts: Sequence[Draft]) -> None:
    """Name opportunities that have no name after product and customer, as people speak of them."""
    nameless = [draft for draft in drafts if not draft.get("name")]
    if not nameless:
        return
    ids = {draft.get("customer") for draft in nameless} - {None}
    customers = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    for draft in nameless:
        parts = [draft.get("product"), customers.get(draft.get("customer"))]
        draft.set("name", " · ".join(part for part in parts if part)[:200] or _("New opportunity"))


def _take_over_sources(drafts: Sequence[Draft]) -> None:
    """Let new opportunities have their customers' source, so that what was won can be counted by source."""
    lacking = [draft for draft in drafts if draft.is_new and not draft.get("source")]
    ids = {draft.get("customer") for draft in lacking} - {None}
    sources = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "source")) if ids else {}
    for draft in lacking:
        draft.set("source", sources.get(draft.get("customer"), ""))


def _stage_of(draft: Draft, process: _Process) -> Stage | None:
    """Return the stage that counts: the one given; the first of a newly chosen pipeline; the default one."""
    given = draft.get("stage")
    stage = process.stages.get(given) if given else None
    pipeline = draft.get("pipeline")
    if stage is not None and pipeline and pipeline != stage.pipeline_id and draft.changes("pipeline"):
        if draft.changes("stage"):
            draft.refuse("stage", "wrong_pipeline", _("This stage belongs to another pipeline."))
            return None
        return process.first.get(pipeline)
    return stage or process.first.get(pipeline) or process.default


def _furthest_of(draft: Draft, stage: Stage, process: _Process) -> uuid.UUID | None:
    return furthest_stage(
        draft.get("furthest_stage"),
        stage.pk,
        outcome=stage.outcome,
        was_won=not draft.is_new and draft.before("outcome") == Outcome.WON,
        open_stages=process.open_ids.get(stage.pipeline_id, []),
    )


def _close_or_reopen(draft: Draft, stage: Stage, context: WriteContext) -> None:
    if stage.outcome == Outcome.OPEN:
        if not draft.is_new:
            draft.set("closed_on", None)
        return
    if draft.get("closed_on") is None and context.channel is not Channel.IMPORT:
        draft.set("closed_on", today(context.actor.time_zone))
    needs_reason = stage.outcome == Outcome.LOST and context.channel is not Channel.IMPORT and not context.exempt
    if needs_reason and not draft.get("reason"):
        draft.refuse("reason", "required", _("Say why it was lost: the reasons show where you can win next time."))


def prepare_targets(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name targets after their month and person; each is above zero."""
    people = dict(
        User.objects.filter(pk__in={draft.get("person") for draft in drafts} - {None}).values_list("pk", "name")
    )
    for draft in drafts:
        month = draft.get("month")
        if month is not None:
            draft.set("name", f"{month:%Y-%m} · {people.get(draft.get('person')) or _('Whole team')}")
        if draft.get("amount") is not None and draft.get("amount") <= 0:
            draft.refuse("amount", "too_small", _("A target is more than zero."))
