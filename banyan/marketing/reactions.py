"""What happens to campaigns when leads change: who comes with the name of a campaign has responded to it."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Lower

from banyan.core.kernel.clock import now
from banyan.core.kernel.events import publish
from banyan.core.objects.modules import module_is_on_here
from banyan.core.records.events import RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.leads.public import Lead
from banyan.marketing.choices import LEAD, MODULE, MemberState
from banyan.marketing.events import CampaignAnswered
from banyan.marketing.models import LIVE, Campaign, CampaignMember

FOLLOWED = (ChangeAction.CREATE, ChangeAction.UPDATE)


def follow_leads(event: RecordsChanged) -> None:
    """Count leads that came with the name or the code of a campaign as its responses, set-based."""
    if event.object_name != LEAD or event.action not in FOLLOWED or not module_is_on_here(MODULE):
        return
    is_new = event.action == ChangeAction.CREATE
    ids = [entry.record_id for entry in event.records if is_new or "campaign" in entry.values]
    rows = Lead.objects.filter(pk__in=ids).exclude(campaign="").values_list("pk", "campaign") if ids else ()
    named = {pk: text.strip().lower() for pk, text in rows}
    if not named:
        return
    campaigns = _campaigns_named(set(named.values()))
    made = [
        CampaignMember(
            organization_id=event.organization_id, campaign_id=campaigns[text], lead_id=pk, added_by_id=event.actor_id,
            state=MemberState.RESPONDED, responded_at=now(),
        )
        for pk, text in named.items() if text in campaigns
    ]  # fmt: skip
    before = CampaignMember.objects.filter(lead_id__in=named, responded_at__isnull=False)
    known = set(before.values_list("campaign_id", "lead_id")) if made else set()
    CampaignMember.objects.bulk_create(made, ignore_conflicts=True, batch_size=1_000)
    by_campaign: dict[Any, list[Any]] = {}
    for member in made:
        by_campaign.setdefault(member.campaign_id, []).append(member.lead_id)
    for campaign_id, leads in by_campaign.items():
        answering = [pk for pk in leads if (campaign_id, pk) not in known]
        if answering:
            publish(CampaignAnswered(event.organization_id, campaign_id, LEAD, answering))
        early = CampaignMember.objects.filter(campaign_id=campaign_id, lead_id__in=leads, responded_at=None)
        early.update(responded_at=now(), state=MemberState.RESPONDED)


def _campaigns_named(texts: set[str]) -> dict[str, Any]:
    """Return the campaigns that are called so, by name or code in small letters."""
    rows = Campaign.objects.filter(LIVE).annotate(small_name=Lower("name"), small_code=Lower("code"))
    by_name = rows.filter(small_name__in=texts).values_list("small_name", "pk")
    by_code = rows.filter(small_code__in=texts).exclude(code="").values_list("small_code", "pk")
    return {**dict(by_code), **dict(by_name)}
