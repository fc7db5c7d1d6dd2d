"""A new opportunity after the pattern of another one."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.fields import open_fields
from banyan.core.listing.query import Masked, fetch_row
from banyan.core.objects.models import Record
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.products.public import write_document
from banyan.sales.models import OpportunityCompetitor, OpportunityContact, OpportunityMember
from banyan.sales.queries import lines_to_take_over
from banyan.sales.services.deal_work import MemberDraft, RivalDraft, save_competitors, save_team

LINES, PEOPLE, TEAM, COMPETITORS = "lines", "people", "team", "competitors"
PARTS = (LINES, PEOPLE, TEAM, COMPETITORS)
#: What a copy does not take over: how far the pattern has come, and when.
LEFT_BEHIND = frozenset(
    {
        "name", "stage", "owner", "probability", "forecast_category", "expected_close_on", "started_on", "closed_on",
        "reason", "competitor", "next_step", "next_step_on",
    }
)  # fmt: skip


@transaction.atomic
def clone_opportunity(
    actor: Actor,
    opportunity_id: uuid.UUID,
    *,
    name: str,
    parts: Collection[str] = PARTS,
    context: WriteContext | None = None,
) -> Record:
    """Create an opportunity like another one, at the beginning of its pipeline, with those ``parts`` and return it.

    It belongs to whoever copies. Raises ``Missing`` when the pattern is not seen, ``NotAllowed`` without the right to
    create opportunities, ``Invalid``.
    """
    spec = spec_for(actor.organization, "opportunity")
    require(actor, spec, Action.CREATE)
    context = context or WriteContext.for_actor(actor)
    row = fetch_row(actor, spec, opportunity_id)
    shown = open_fields(actor, spec)
    values = {
        field: row[field]
        for field, entry in spec.writable_fields.items()
        if field in shown and field in row and field not in LEFT_BEHIND and not entry.unique
        if not isinstance(row[field], Masked) and not entry.kind.is_empty(row[field])
    }
    lines = lines_to_take_over(opportunity_id) if LINES in parts and _has(actor, "opportunity_line") else []
    if lines:
        values.pop("amount", None)
    made = write_document(actor, "opportunity", {**values, "name": name}, lines, context=context)
    if PEOPLE in parts and _has(actor, "opportunity_contact"):
        _copy_people(actor, opportunity_id, made.pk, context)
    if TEAM in parts:
        _copy_team(actor, opportunity_id, made.pk)
    if COMPETITORS in parts:
        rows = OpportunityCompetitor.objects.filter(opportunity_id=opportunity_id).select_related("competitor")
        rivals = [RivalDraft(row.competitor.name, threat=row.threat, notes=row.notes) for row in rows]
        if rivals:
            save_competitors(actor, made.pk, rivals)
    made.refresh_from_db()
    return made


def _has(actor: Actor, name: str) -> bool:
    return module_is_on(actor.organization, spec_for(actor.organization, name).module)


def _copy_people(actor: Actor, pattern: uuid.UUID, copy: uuid.UUID, context: WriteContext) -> None:
    spec = spec_for(actor.organization, "opportunity_contact")
    rows: list[dict[str, Any]] = [
        {
            "opportunity": copy,
            "contact": row.contact_id,
            "role": row.role,
            "attitude": row.attitude,
            "influence": row.influence,
            "reports_to": row.reports_to_id,
            "notes": row.notes,
        }
        for row in OpportunityContact.objects.filter(
            opportunity_id=pattern, deleted_at__isnull=True, contact__deleted_at__isnull=True
        )
    ]
    if not rows:
        return
    outcome = door.create_many(actor, spec, rows, context=context)
    if outcome.rejected:
        raise Invalid(next(iter(outcome.rejected.values())))


def _copy_team(actor: Actor, pattern: uuid.UUID, copy: uuid.UUID) -> None:
    """Take over the team; whoever copies owns the copy and so has the rest."""
    rows = OpportunityMember.objects.filter(opportunity_id=pattern, person__is_active=True)
    members = [
        MemberDraft(row.person_id, row.role, Decimal(0) if row.person_id == actor.user_id else row.share, row.overlay)
        for row in rows
    ]
    if members:
        save_team(actor, copy, members)
