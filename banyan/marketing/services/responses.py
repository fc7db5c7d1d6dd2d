"""Responses: somebody answered a campaign, and sales goes on from there."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.kernel.events import publish
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.menu import may
from banyan.marketing.choices import Becomes, CampaignKind, MemberState
from banyan.marketing.events import CampaignAnswered
from banyan.marketing.models import Campaign, CampaignMember
from banyan.marketing.queries import find_campaign, spec_on, titles_of

LONGEST = 5_000
#: Where a lead comes from, by the kind of the campaign: codes of the list of sources.
SOURCES = {
    CampaignKind.EVENT: "exhibition",
    CampaignKind.ADVERTISING: "advertising",
    CampaignKind.PHONE: "cold_call",
    CampaignKind.SOCIAL: "social",
    CampaignKind.MAIL: "other",
    CampaignKind.OTHER: "other",
}


@transaction.atomic
def note_response(
    actor: Actor, campaign_id: uuid.UUID, member_id: uuid.UUID, *, text: str = "", becomes: str = Becomes.NOTHING
) -> CampaignMember:
    """Note that a member responded, and make of it what was chosen; each only once.

    Raises ``NotAllowed`` without the right to change the campaign or to make the record, ``Refused`` for what cannot be.
    """
    campaign = find_campaign(actor, campaign_id, Action.EDIT)
    rows = CampaignMember.objects.select_for_update(of=("self",), no_key=True)
    member = rows.filter(campaign=campaign, pk=member_id).first()
    if member is None or member.record_id not in titles_of(actor, [member]):
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    member.state = MemberState.UNSUBSCRIBED if member.unsubscribed_at else MemberState.RESPONDED
    is_first = member.responded_at is None
    member.responded_at = member.responded_at or now()
    member.response = text.strip()[:LONGEST] or member.response
    member.reason = ""
    makers = {Becomes.LEAD: _make_lead, Becomes.TASK: _make_task, Becomes.OPPORTUNITY: _make_opportunity}
    if becomes in makers:
        makers[Becomes(becomes)](actor, campaign, member)
    member.save()
    if is_first:
        publish(CampaignAnswered(actor.organization_id, campaign.pk, member.object_name, [member.record_id]))
    return member


def possible(actor: Actor, member: CampaignMember) -> list[Becomes]:
    """Return what a response of a member may still become for somebody."""
    found = []
    for choice, name, is_made in (
        (Becomes.LEAD, "lead", member.made_lead_id or member.lead_id),
        (Becomes.TASK, "task", member.made_task_id),
        (Becomes.OPPORTUNITY, "opportunity", member.made_opportunity_id or not _customer_of(member)),
    ):
        if not is_made and _may_create(actor, name):
            found.append(choice)
    return [*found, Becomes.NOTHING]


def _may_create(actor: Actor, name: str) -> bool:
    spec = specs_on(actor.organization).get(name)
    return spec is not None and may(actor, spec, Action.CREATE)


def _customer_of(member: CampaignMember) -> uuid.UUID | None:
    if member.customer_id:
        return member.customer_id
    if member.contact_id and member.contact is not None:
        return member.contact.customer_id
    return member.lead.customer_id if member.lead is not None else None


def _owner_of(member: CampaignMember) -> uuid.UUID | None:
    record: Any = member.contact or member.customer or member.lead
    if member.contact is not None and member.contact.customer is not None:
        return member.contact.customer.owner_id or member.contact.owner_id
    return record.owner_id


def _make_lead(actor: Actor, campaign: Campaign, member: CampaignMember) -> None:
    """Make a lead; the rules for leads say who gets it, as for one that comes by a form."""
    if member.made_lead_id or member.lead_id:
        raise Refused("made_already", _("There is a lead of this response already."))
    spec = spec_on(actor, "lead")
    require(actor, spec, Action.CREATE)
    system = system_actor(actor.organization, channel=Channel.API)
    lead = door.create(system, spec, lead_values(campaign, member), context=WriteContext.for_actor(system))
    member.made_lead_id = lead.pk
    # The lead carries the campaign's name, by which it would count as a response of its own.
    CampaignMember.objects.filter(campaign=campaign, lead_id=lead.pk).delete()


def lead_values(campaign: Campaign, member: CampaignMember) -> dict[str, Any]:
    """Return what is known of a lead that a response becomes."""
    contact, customer = member.contact, member.customer
    company = contact.customer if contact is not None else customer
    record: Any = contact or customer
    values = {
        "name": contact.name if contact is not None else "",
        "company": company.name if company is not None else "",
        "job_title": contact.job_title if contact is not None else "",
        "phone": record.phone,
        "email": record.email,
        "source": SOURCES[CampaignKind(campaign.kind)],
        "campaign": campaign.name,
        "needs": member.response,
    }
    return {name: value for name, value in values.items() if value}


def _make_task(actor: Actor, campaign: Campaign, member: CampaignMember) -> None:
    if member.made_task_id:
        raise Refused("made_already", _("There is a task of this response already."))
    title = titles_of(actor, [member])[member.record_id]["name"]
    values = {
        "name": _("Answer: %(name)s responded to %(campaign)s") % {"name": title, "campaign": campaign.name},
        "notes": member.response,
        "about": reference_to(member.object_name, member.record_id),
        "assignee": str(_owner_of(member) or actor.user_id or ""),
    }
    task = door.create(actor, spec_for(actor.organization, "task"), {k: v for k, v in values.items() if v})
    member.made_task_id = task.pk


def _make_opportunity(actor: Actor, campaign: Campaign, member: CampaignMember) -> None:
    customer_id = _customer_of(member)
    if member.made_opportunity_id:
        raise Refused("made_already", _("There is an opportunity of this response already."))
    if customer_id is None:
        raise Refused("no_customer", _("An opportunity needs a customer: convert the lead first."))
    title = titles_of(actor, [member])[member.record_id]["name"]
    values: dict[str, Any] = {
        "name": f"{title}: {campaign.name}"[:200],
        "customer": str(customer_id),
        "source": SOURCES[CampaignKind(campaign.kind)],
        "notes": member.response,
    }
    if member.contact_id:
        values["contact"] = str(member.contact_id)
    owner = _owner_of(member)
    if owner is not None:
        values["owner"] = str(owner)
    made = door.create(actor, spec_for(actor.organization, "opportunity"), {k: v for k, v in values.items() if v})
    member.made_opportunity_id = made.pk
