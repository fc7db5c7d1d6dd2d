"""Who a campaign is for: adding records one by one, by selection or by segment, and taking them out."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Refused
from banyan.core.listing.filters import live_rows
from banyan.marketing.choices import MEMBER_OBJECTS, CampaignKind, MemberState
from banyan.marketing.models import Campaign, CampaignMember, Segment
from banyan.marketing.queries import find_campaign, rows_of, spec_on

AT_ONCE = 1_000
#: What is added while somebody waits; more goes on in the background.
MOST_AT_ONCE = 2_000


@dataclass(frozen=True)
class Added:
    """How many records became members, and how many were already."""

    added: int
    known: int


@transaction.atomic
def add_records(
    actor: Actor, campaign_id: uuid.UUID, object_name: str, ids: Collection[uuid.UUID],
    *, segment_id: uuid.UUID | None = None,
) -> Added:  # fmt: skip
    """Make records that somebody may see members of a campaign that they may change; twice it is the same.

    They join in the order of the ids: mails go out in it, and the first one is the example of a preview.
    """
    campaign = open_campaign(actor, campaign_id)
    if object_name not in MEMBER_OBJECTS:
        raise Refused("no_members", _("Only customers, contacts and leads can be members of a campaign."))
    spec = spec_on(actor, object_name)
    seen = set(restrict(live_rows(actor, spec), actor, spec).filter(pk__in=ids).values_list("pk", flat=True))
    return _insert(actor, campaign, object_name, [pk for pk in dict.fromkeys(ids) if pk in seen], segment_id)


def open_campaign(actor: Actor, campaign_id: uuid.UUID) -> Campaign:
    """Return a campaign that somebody may change and that is not over; raise ``Refused`` for one that is."""
    campaign = find_campaign(actor, campaign_id, Action.EDIT)
    if campaign.is_over:
        message = _("The campaign “%(name)s” is over. Set it to running to add members.") % {"name": campaign.name}
        raise Refused("campaign_over", message)
    return campaign


def add_segment(actor: Actor, campaign_id: uuid.UUID, segment: Segment) -> Iterator[Added]:
    """Make the members of a segment, as far as somebody may see them, members of a campaign; yield after each part.

    Each part is a transaction of the caller's: what was added stays when a later one fails.
    """
    last = uuid.UUID(int=0)
    while True:
        rows: Any = rows_of(actor, segment).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
        ids = list(rows[:AT_ONCE])
        if not ids:
            return
        yield add_records(actor, campaign_id, segment.object_name, ids, segment_id=segment.pk)
        last = ids[-1]


def _insert(
    actor: Actor, campaign: Campaign, object_name: str, ids: list[uuid.UUID], segment_id: uuid.UUID | None
) -> Added:
    column = f"{object_name}_id"
    known = set(
        CampaignMember.objects.filter(campaign=campaign, **{f"{column}__in": ids}).values_list(column, flat=True)
    )
    rows = [
        CampaignMember(
            organization=actor.organization, campaign=campaign, segment_id=segment_id, added_by_id=actor.user_id,
            **{column: pk},
        )
        for pk in ids if pk not in known
    ]  # fmt: skip
    CampaignMember.objects.bulk_create(rows, ignore_conflicts=True, batch_size=AT_ONCE)
    return Added(len(rows), len(known))


@transaction.atomic
def remove_member(actor: Actor, campaign_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Take somebody out whom the campaign has not reached yet; what has happened stays as it was."""
    open_campaign(actor, campaign_id)
    rows = CampaignMember.objects.filter(campaign_id=campaign_id, pk=member_id)
    if rows.exclude(state__in=[MemberState.PLANNED, MemberState.NOT_ALLOWED, MemberState.FAILED]).exists():
        raise Refused("reached", _("The campaign has reached this member. What happened is kept."))
    rows.delete()


@transaction.atomic
def mark_reached(actor: Actor, campaign_id: uuid.UUID, ids: Collection[uuid.UUID]) -> int:
    """Note that members were reached by another way than mail, such as at a fair or by phone."""
    campaign = open_campaign(actor, campaign_id)
    if campaign.kind == CampaignKind.MAIL:
        raise Refused("mail", _("Whom a mail reached is noted when it is sent."))
    rows = CampaignMember.objects.filter(campaign=campaign, pk__in=ids, state=MemberState.PLANNED)
    return rows.update(state=MemberState.SENT, reached_at=now())
