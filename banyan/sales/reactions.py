"""What follows from changes of opportunities and of what they hang on: history, put-off dates, probability, signs of risk."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

from banyan.core.kernel.clock import now, today
from banyan.core.objects.modules import module_is_on_here
from banyan.core.records.changelog import tell_figures
from banyan.core.records.events import ChangedRecord, FiguresChanged, RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import chunks, update_rows
from banyan.core.tenancy.models import Organization
from banyan.sales.choices import DEAL_WORK, Outcome
from banyan.sales.models import Opportunity, OpportunityCompetitor, OpportunityContact
from banyan.sales.queries import MOST_OF_AN_EVENT, limits_of_risk, opportunities_behind, standings
from banyan.sales.rules import risk_signs

OPPORTUNITY = "opportunity"
#: What the history keeps.
KEPT = frozenset(
    {
        "amount", "currency", "pipeline", "stage", "outcome", "probability", "forecast_category", "expected_close_on",
        "closed_on", "owner",
    }
)  # fmt: skip
#: What signs of risk are made of, besides the history.
WATCHED = KEPT | {"next_step", "next_step_on", "customer"}
PIECE = 2_000

_STATES = """
    WITH ended AS (
        UPDATE sales_opportunitystate SET until = %(at)s
         WHERE organization_id = %(organization)s AND opportunity_id = ANY(%(ids)s) AND until IS NULL)
    INSERT INTO sales_opportunitystate (id, organization_id, opportunity_id, since, until, pipeline_id, stage_id, outcome,
           amount, currency, probability, forecast_category, expected_close_on, closed_on, owner_id, changed_by_id)
    SELECT gen_random_uuid(), organization_id, id, %(at)s, NULL, pipeline_id, stage_id, outcome, amount, currency,
           probability, forecast_category, expected_close_on, closed_on, owner_id, %(by)s
      FROM sales_opportunity WHERE id = ANY(%(ids)s) AND deleted_at IS NULL
"""
_PUSHED = """
    UPDATE sales_opportunity SET pushed_count = pushed_count + 1
     WHERE id = ANY(%s) AND outcome = 'open' RETURNING id, pushed_count - 1, pushed_count
"""
_OF_STAGE = """
    WITH before AS (
        SELECT opportunity.id, opportunity.probability, opportunity.forecast_category, stage.probability AS usual,
               CASE WHEN opportunity.is_category_own THEN opportunity.forecast_category
                    WHEN stage.forecast_category <> '' THEN stage.forecast_category
                    WHEN stage.probability >= 80 THEN 'commit' WHEN stage.probability >= 50 THEN 'best_case'
                    ELSE 'pipeline' END AS category
          FROM sales_opportunity AS opportunity JOIN sales_stage AS stage ON stage.id = opportunity.stage_id
         WHERE stage.id = ANY(%s) AND opportunity.outcome = 'open' AND opportunity.deleted_at IS NULL
           AND NOT opportunity.is_probability_own
         ORDER BY opportunity.id FOR NO KEY UPDATE OF opportunity)
    UPDATE sales_opportunity AS opportunity
       SET probability = before.usual, forecast_category = before.category
      FROM before
     WHERE before.id = opportunity.id
       AND (opportunity.probability, opportunity.forecast_category) IS DISTINCT FROM (before.usual, before.category)
    RETURNING opportunity.id, before.probability, before.forecast_category, opportunity.probability,
              opportunity.forecast_category
"""


def keep_history(event: RecordsChanged) -> None:
    """Keep how opportunities stood, count what is put off, and look for signs of risk again; set-based."""
    if event.object_name != OPPORTUNITY:
        return
    is_update = event.action == ChangeAction.UPDATE
    kept = [record for record in event.records if not is_update or not KEPT.isdisjoint(record.values)]
    if kept:
        write_states(event.organization_id, [record.record_id for record in kept], event.actor_id)
    if is_update:
        _count_pushes(event.organization_id, kept)
    touched = [record for record in event.records if not is_update or not WATCHED.isdisjoint(record.values)]
    if event.action != ChangeAction.DELETE and len(touched) <= MOST_OF_AN_EVENT:
        refresh_risks(event.organization_id, [record.record_id for record in touched])


def follow_figures(event: FiguresChanged) -> None:
    """Keep the history of amounts that are the sum of lines, too."""
    if event.object_name != OPPORTUNITY:
        return
    ids = [record.record_id for record in event.records if not KEPT.isdisjoint(record.values)]
    if ids:
        write_states(event.organization_id, ids, None)
        refresh_risks(event.organization_id, ids)


def write_states(organization_id: uuid.UUID, ids: Collection[uuid.UUID], changed_by: uuid.UUID | None) -> None:
    """End the present state of opportunities and begin a new one; those in the recycle bin have none."""
    values: dict[str, Any] = {"organization": organization_id, "ids": list(ids), "at": now(), "by": changed_by}
    with connection.cursor() as cursor:
        cursor.execute(_STATES, values)


def _count_pushes(organization_id: uuid.UUID, records: Sequence[ChangedRecord]) -> None:
    ids = []
    for record in records:
        before, after = record.values.get("expected_close_on", (None, None))
        if before and after and str(before) < str(after):
            ids.append(record.record_id)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_PUSHED, [ids])
            tell_figures(organization_id, OPPORTUNITY, ("pushed_count",), cursor.fetchall())


def follow_stages(event: RecordsChanged) -> None:
    """Give open opportunities the probability and category that their stage has now."""
    if event.object_name != "stage" or event.action != ChangeAction.UPDATE:
        return
    ids = [record.record_id for record in event.records if {"probability", "forecast_category"} & record.values.keys()]
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_OF_STAGE, [ids])
        rows = cursor.fetchall()
    tell_figures(event.organization_id, OPPORTUNITY, ("probability", "forecast_category"), rows)


def follow_people(event: RecordsChanged) -> None:
    """Look for signs of risk again where a decision maker has come or gone, or somebody has been spoken to."""
    if not module_is_on_here(DEAL_WORK):
        return
    ids = [record.record_id for record in event.records[:MOST_OF_AN_EVENT]]
    if event.object_name == "opportunity_contact":
        rows = OpportunityContact.objects.filter(pk__in=ids)
        refresh_risks(event.organization_id, list(rows.values_list("opportunity_id", flat=True).distinct()))
    elif event.object_name == "activity" and len(event.records) <= MOST_OF_AN_EVENT:
        refresh_risks(event.organization_id, opportunities_behind(ids))


def follow_outcomes(event: RecordsChanged) -> None:
    """Say of the competitors of a closed opportunity how it ended: all in play were beaten, or the named one won."""
    if not module_is_on_here(DEAL_WORK):
        return
    if event.object_name != OPPORTUNITY or event.action != ChangeAction.UPDATE:
        return
    ended: dict[str, list[uuid.UUID]] = {}
    for record in event.records:
        outcome = record.values.get("outcome", (None, None))[1]
        if outcome:
            ended.setdefault(outcome, []).append(record.record_id)
    for outcome, ids in ended.items():
        rows = OpportunityCompetitor.objects.filter(opportunity_id__in=ids)
        if outcome == Outcome.WON:
            rows.filter(state="in_play").update(state="won_against")
        elif outcome == Outcome.OPEN:
            rows.update(state="in_play")
        else:
            named = Opportunity.objects.filter(pk__in=ids).exclude(competitor="").values_list("pk", "competitor")
            for opportunity_id, name in named:
                rows.filter(opportunity_id=opportunity_id, competitor__name__iexact=name).update(state="lost_to")


def refresh_risks(organization_id: uuid.UUID, ids: Collection[uuid.UUID]) -> int:
    """Find the signs of risk of opportunities again, and return how many have others than before.

    Without the module of deal work nobody reads them: they are found when it comes.
    """
    if not ids or not module_is_on_here(DEAL_WORK):
        return 0
    day, limits = today(_zone(organization_id)), limits_of_risk()
    changed = 0
    for part in chunks(list(ids), PIECE):
        found = standings(part)
        new = {pk: (old, risk_signs(standing, limits, day)) for pk, (standing, old) in found.items()}
        rows: list[tuple[Any, ...]] = [(pk, old, signs) for pk, (old, signs) in new.items() if old != signs]
        closed = set(part) - found.keys()
        if rows:
            update_rows(Opportunity, ["risks"], [{"id": pk, "risks": signs} for pk, _old, signs in rows])
        if closed:
            Opportunity.objects.filter(pk__in=closed).exclude(risks=[]).update(risks=[])
        tell_figures(organization_id, OPPORTUNITY, ("risks",), rows)
        changed += len(rows)
    return changed


def _zone(organization_id: uuid.UUID) -> str:
    return Organization.objects.values_list("time_zone", flat=True).get(pk=organization_id)
