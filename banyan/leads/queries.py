"""What is asked of leads: who waits, what somebody holds, what was captured, and what a lead became."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization
from banyan.customers.public import CustomersOf
from banyan.leads.choices import LeadStatus, MovementKind
from banyan.leads.models import (
    LIVE,
    OPEN,
    Conversion,
    Lead,
    LeadKey,
    LeadMovement,
    LeadQuestion,
    LeadSubmission,
    LeadTick,
)

LEAD = "lead"
#: What a lead is recognised by.
KEYED = ("name", "phone", "email")


def matched_values(get: Callable[[str], Any]) -> dict[str, Any]:
    """Return what match keys are made of, given how a value is got by its name."""
    return {name: get(name) for name in KEYED}


def lead_spec(actor: Actor) -> ObjectSpec:
    """Return the specification of leads as the organization uses them; raise ``Missing`` where they are off."""
    found = specs_on(actor.organization).get(LEAD)
    if found is None:
        raise Missing("not_found", _("There is no such page."))
    return found


def waiting_leads() -> QuerySet[Lead]:
    """Return the leads of the pool: open ones without owner."""
    return Lead.objects.filter(LIVE, OPEN, owner=None)


def leads_held(user_id: uuid.UUID) -> int:
    """Return how many open leads somebody holds."""
    return Lead.objects.filter(LIVE, OPEN, owner_id=user_id).count()


def claimed_today(actor: Actor) -> int:
    """Return how many leads somebody has claimed since midnight at the organization's place."""
    zone = ZoneInfo(actor.organization.time_zone)
    midnight = now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = LeadMovement.objects.filter(actor_id=actor.user_id, kind=MovementKind.CLAIMED, at__gte=midnight)
    return rows.count()


def late_leads(at: datetime) -> QuerySet[Lead]:
    """Return the leads that nobody has answered although the time is up."""
    return Lead.objects.filter(LIVE, status=LeadStatus.NEW, first_contact_at=None, answer_by__lt=at)


def questions_in_use() -> list[LeadQuestion]:
    """Return the checklist in order."""
    return list(LeadQuestion.objects.filter(is_active=True).order_by("position", "pk"))


def unticked(lead_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[LeadQuestion]]:
    """Return for leads the needed questions that nobody has ticked; two queries."""
    needed = [question for question in questions_in_use() if question.is_needed]
    if not needed or not lead_ids:
        return {}
    ticked = set(LeadTick.objects.filter(lead_id__in=lead_ids).values_list("lead_id", "question_id"))
    found = {pk: [entry for entry in needed if (pk, entry.pk) not in ticked] for pk in lead_ids}
    return {pk: missing for pk, missing in found.items() if missing}


def ticks_of(lead_id: uuid.UUID) -> dict[uuid.UUID, LeadTick]:
    """Return the ticks of a lead by question."""
    rows = LeadTick.objects.filter(lead_id=lead_id).select_related("user")
    return {tick.question_id: tick for tick in rows}


def conversion_of(lead_id: uuid.UUID) -> Conversion | None:
    """Return the conversion of a lead that stands."""
    return Conversion.objects.filter(lead_id=lead_id, undone_at=None).select_related("actor").order_by("-at").first()


def open_lead_by_keys(keys: Sequence[str]) -> Lead | None:
    """Return the newest lead that shares an exact key (phone or e-mail) and has not become a customer."""
    if not keys:
        return None
    ids = LeadKey.objects.filter(key__in=keys).values_list("lead_id", flat=True)
    rows = Lead.objects.filter(LIVE, pk__in=list(ids[:200])).exclude(status=LeadStatus.CONVERTED)
    return rows.order_by("-created_at", "-pk").first()


def submissions_of(lead_ids: Iterable[uuid.UUID], *, before: datetime | None, limit: int) -> list[LeadSubmission]:
    """Return what was sent by leads, newest first."""
    rows = LeadSubmission.objects.filter(lead_id__in=list(lead_ids)).select_related("form")
    if before is not None:
        rows = rows.filter(at__lt=before)
    return list(rows.order_by("-at", "-pk")[:limit])


def movements_of(lead_id: uuid.UUID, *, before: datetime | None, limit: int) -> list[LeadMovement]:
    """Return how a lead came to its owners, newest first."""
    rows = LeadMovement.objects.filter(lead_id=lead_id).select_related("from_owner", "to_owner", "actor")
    if before is not None:
        rows = rows.filter(at__lt=before)
    return list(rows.order_by("-at", "-pk")[:limit])


def leads_behind(object_name: str, record_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the leads that became a customer, a contact or an opportunity."""
    rows = Lead.objects.filter(LIVE, **{object_name: record_id})
    return list(rows.order_by("-converted_at").values_list("pk", flat=True)[:20])


def customers_of_leads(ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers that leads became."""
    return dict(Lead.objects.filter(pk__in=ids).values_list("pk", "customer_id"))


def organization_of(organization_id: uuid.UUID) -> Organization:
    """Return an organization within its scope."""
    return Organization.objects.get(pk=organization_id)


def any_lead(actor: Actor) -> bool:
    """Say whether there is any lead."""
    found: Any = Lead.objects.filter(LIVE)
    return bool(found.exists())
