"""What the sales app derives and refuses while opportunities pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from banyan.core.access.actor import Channel
from banyan.core.kernel.clock import now, today
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import Contact, Customer
from banyan.products.public import LineDocument, keep_amounts
from banyan.sales.choices import ForecastCategory, Outcome
from banyan.sales.models import Opportunity, OpportunityContact, Pipeline, Stage
from banyan.sales.rules import category_of, furthest_stage, makes_circle

#: Opportunities may have lines with prices.
LINES = LineDocument(
    parent="opportunity",
    line="opportunity_line",
    link="opportunity",
    module="opportunities",
    day="expected_close_on",
    changed=("customers",),
    has_new_page=False,
)
#: What a write may touch so that pipeline, stage and all that follows from it have to be looked at.
FOLLOWS_THE_STAGE = ("stage", "pipeline", "outcome", "closed_on", "probability", "forecast_category")


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


def prepare_pipelines(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let one pipeline be the default: the one that was said to be it last."""
    chosen = [draft.record_id for draft in drafts if draft.values.get("is_default") and draft.changes("is_default")]
    if chosen:
        Pipeline.objects.filter(is_default=True).exclude(pk__in=chosen).update(is_default=False)


def prepare_opportunities(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let pipeline, outcome, closing day and time in stage follow from the stage.

    Losing needs a reason, except from a file: history often has none. Probability and forecast category follow from the
    stage, too, until somebody sets them by hand.
    """
    _name_after_what_is_sold(drafts)
    _take_over_sources(drafts)
    keep_amounts(drafts, context, LINES)
    if not any(draft.is_new or draft.changes(*FOLLOWS_THE_STAGE) for draft in drafts):
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
        _set_probability(draft, stage)
        _set_category(draft, stage)


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
    is_said = draft.changes("pipeline") or "pipeline" in draft.given
    if stage is not None and pipeline and pipeline != stage.pipeline_id and is_said:
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


def _set_probability(draft: Draft, stage: Stage) -> None:
    """Let the probability be that of the stage, unless somebody sets another one while it is open.

    One set by hand holds as long as the opportunity stays in the stage.
    """
    moves = draft.is_new or draft.changes("stage", "outcome")
    asked = "probability" in draft.given and (draft.is_new or draft.changes("probability"))
    wanted = draft.get("probability") if asked else None
    if stage.outcome == Outcome.OPEN and wanted is not None:
        draft.set("is_probability_own", wanted != stage.probability)
    elif moves or asked or draft.get("probability") is None:
        draft.set("probability", stage.probability)
        draft.set("is_probability_own", False)


def _set_category(draft: Draft, stage: Stage) -> None:
    """Let the forecast category follow from stage and probability; one set by hand holds until it is closed."""
    probability = draft.get("probability")
    usual = category_of(stage.outcome, stage.probability if probability is None else probability, _given(draft, stage))
    asked = "forecast_category" in draft.given and (draft.is_new or draft.changes("forecast_category"))
    wanted = (draft.get("forecast_category") or "") if asked else ""
    if stage.outcome == Outcome.OPEN and wanted == ForecastCategory.CLOSED:
        message = _("Only what is won counts as closed. Move the opportunity to the stage that means won.")
        draft.refuse("forecast_category", "not_closed", message)
    elif stage.outcome == Outcome.OPEN and wanted:
        draft.set("is_category_own", wanted != usual)
    elif stage.outcome != Outcome.OPEN or asked or not draft.get("is_category_own"):
        draft.set("forecast_category", usual)
        draft.set("is_category_own", False)


def _given(draft: Draft, stage: Stage) -> str:
    """Return the category of the stage, unless a probability set by hand says more than that."""
    return "" if draft.get("is_probability_own") else stage.forecast_category


def prepare_opportunity_contacts(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name people of an opportunity after the contact; refuse those of other customers, twins and circles."""
    if not any(draft.is_new or draft.changes("opportunity", "contact", "reports_to") for draft in drafts):
        return
    contacts = _contacts_of(drafts)
    customers = dict(
        Opportunity.objects.filter(pk__in={draft.get("opportunity") for draft in drafts} - {None}).values_list(
            "pk", "customer_id"
        )
    )
    above = _reporting_lines(customers)
    for draft in drafts:
        who = contacts.get(draft.get("contact"))
        if who is None:
            continue
        draft.set("name", who[0])
        opportunity = draft.get("opportunity")
        known = above.setdefault(opportunity, {})
        for name in ("contact", "reports_to"):
            _refuse_strangers(draft, name, contacts, customers.get(opportunity), context)
        if known.get(draft.get("contact"), (draft.record_id, None))[0] != draft.record_id:
            draft.refuse("contact", "twice", _("%(name)s is on this opportunity already.") % {"name": who[0]})
        known[draft.get("contact")] = (draft.record_id, draft.get("reports_to"))
        if makes_circle({person: boss for person, (_id, boss) in known.items()}, draft.get("contact")):
            message = _("%(name)s would report to themselves, over others. Choose somebody else.")
            draft.refuse("reports_to", "circle", message % {"name": who[0]})


def _contacts_of(drafts: Sequence[Draft]) -> dict[uuid.UUID, tuple[str, uuid.UUID | None]]:
    ids = {draft.get(name) for draft in drafts for name in ("contact", "reports_to")} - {None}
    rows = Contact.objects.filter(pk__in=ids).values_list("pk", "name", "customer_id")
    return {pk: (name, customer) for pk, name, customer in rows}


def _reporting_lines(
    opportunities: Iterable[uuid.UUID],
) -> dict[uuid.UUID | None, dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID | None]]]:
    """Return who reports to whom, by opportunity and contact, with the id of the row that says so."""
    rows = OpportunityContact.objects.filter(opportunity_id__in=list(opportunities), deleted_at__isnull=True)
    found: dict[uuid.UUID | None, dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID | None]]] = {}
    for pk, opportunity, contact, boss in rows.values_list("pk", "opportunity_id", "contact_id", "reports_to_id"):
        found.setdefault(opportunity, {})[contact] = (pk, boss)
    return found


def _refuse_strangers(
    draft: Draft,
    name: str,
    contacts: Mapping[uuid.UUID, tuple[str, uuid.UUID | None]],
    customer: uuid.UUID | None,
    context: WriteContext,
) -> None:
    """Refuse a contact of another customer; one of no customer, such as an adviser, is nobody's stranger."""
    who = contacts.get(draft.get(name))
    if context.exempt or who is None or customer is None or who[1] is None or who[1] == customer:
        return
    if draft.is_new or draft.changes(name):
        message = _("%(name)s belongs to another customer than the opportunity.")
        draft.refuse(name, "wrong_customer", message % {"name": who[0]})
