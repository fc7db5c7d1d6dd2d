"""Giving leads up, contacting them again later, and ticking the checklist."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.objects.models import Record
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.leads.choices import LeadStatus
from banyan.leads.models import Lead, LeadQuestion, LeadTick
from banyan.leads.queries import lead_spec


def disqualify(actor: Actor, lead_id: uuid.UUID, *, reason: str, context: WriteContext | None = None) -> Record:
    """Give a lead up for a reason. Raises ``Missing``, ``NotAllowed``, ``Invalid`` without a reason."""
    values = {"status": LeadStatus.UNQUALIFIED.value, "reason": reason}
    return door.update(actor, lead_spec(actor), lead_id, values, context=context)


def recycle(
    actor: Actor,
    lead_id: uuid.UUID,
    *,
    reason: str,
    again_on: date,
    into_pool: bool = False,
    context: WriteContext | None = None,
) -> Record:
    """Put a lead aside until a day; then it is new again, with its owner or, ``into_pool``, for whoever claims it."""
    values = {"status": LeadStatus.RECYCLED.value, "reason": reason, "again_on": again_on.isoformat()}
    if into_pool:
        values["owner"] = None  # type: ignore[assignment]  # nobody
    return door.update(actor, lead_spec(actor), lead_id, values, context=context)


def reopen(actor: Actor, lead_id: uuid.UUID, *, context: WriteContext | None = None) -> Record:
    """Take up a lead again that was given up."""
    return door.update(actor, lead_spec(actor), lead_id, {"status": LeadStatus.NEW.value}, context=context)


@transaction.atomic
def tick(actor: Actor, lead_id: uuid.UUID, question_id: uuid.UUID, *, is_ticked: bool) -> Lead:
    """Tick a question of a lead, or take the tick away; done twice it is the same.

    Raises ``Missing`` and ``NotAllowed`` as any change of the lead would, ``Refused`` for a lead that was converted.
    """
    record = door.lock(actor, lead_spec(actor), [lead_id], Action.EDIT)[0]
    question = LeadQuestion.objects.filter(pk=question_id, is_active=True).first()
    if question is None or not isinstance(record, Lead):
        raise Missing("not_found", _("There is no such question."))
    if record.status == LeadStatus.CONVERTED:
        raise Refused("converted", _("This lead has become a customer. Take the conversion back first."))
    if is_ticked:
        LeadTick.objects.get_or_create(
            organization=actor.organization, lead=record, question=question, defaults={"user": actor.user}
        )
    else:
        LeadTick.objects.filter(lead=record, question=question).delete()
    return record
