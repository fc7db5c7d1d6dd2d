"""What is asked of segments and campaigns: who belongs to them, as far as somebody may see it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, Model, Q, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.listing.filters import live_rows, parse_tree
from banyan.core.listing.query import ListRequest, matching_rows
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.marketing.choices import CAMPAIGN, MEMBER_OBJECTS, SEGMENT, MemberState, SegmentKind
from banyan.marketing.models import LIVE, Campaign, CampaignMember, Segment, SegmentMember


def spec_on(actor: Actor, name: str) -> ObjectSpec:
    """Return an object as the organization uses it; raise ``Missing`` where it is off."""
    found = specs_on(actor.organization).get(name)
    if found is None:
        raise Missing("not_found", _("There is no such page."))
    return found


def offered_objects(actor: Actor) -> list[ObjectSpec]:
    """Return what somebody may make segments of."""
    specs = specs_on(actor.organization)
    found = [specs[name] for name in MEMBER_OBJECTS if name in specs]
    return [spec for spec in found if _may_view(actor, spec)]


def _may_view(actor: Actor, spec: ObjectSpec) -> bool:
    try:
        require(actor, spec, Action.VIEW)
    except NotAllowed:
        return False
    return True


def find_segment(actor: Actor, segment_id: uuid.UUID, action: Action = Action.VIEW) -> Segment:
    """Return a segment that somebody may see or change; raise ``Missing`` or ``NotAllowed``."""
    found: Segment = _find(actor, SEGMENT, segment_id, action)
    return found


def find_campaign(actor: Actor, campaign_id: uuid.UUID, action: Action = Action.VIEW) -> Campaign:
    """Return a campaign that somebody may see or change; raise ``Missing`` or ``NotAllowed``."""
    found: Campaign = _find(actor, CAMPAIGN, campaign_id, action)
    return found


def _find(actor: Actor, name: str, record_id: uuid.UUID, action: Action) -> Any:
    spec = spec_on(actor, name)
    require(actor, spec, Action.VIEW)
    found: Any = restrict(live_rows(actor, spec), actor, spec).filter(pk=record_id).first()
    if found is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    if action != Action.VIEW:
        require(actor, spec, action)
        if not restrict(live_rows(actor, spec), actor, spec, action).filter(pk=record_id).exists():
            raise NotAllowed("not_allowed", _("You may see this record, but not change it."))
    return found


def seen_segments(actor: Actor, object_name: str = "") -> list[Segment]:
    """Return the segments somebody may see, in order of their names."""
    spec = spec_on(actor, SEGMENT)
    if not _may_view(actor, spec):
        return []
    rows: QuerySet[Any] = restrict(live_rows(actor, spec), actor, spec)
    rows = rows.filter(object_name=object_name) if object_name else rows
    return list(rows.order_by("name", "pk"))


def seen_campaigns(actor: Actor) -> QuerySet[Any]:
    """Return the campaigns somebody may see, in no order."""
    spec = spec_on(actor, CAMPAIGN)
    if not _may_view(actor, spec):
        return Campaign.objects.none()
    return restrict(live_rows(actor, spec), actor, spec)


def rows_of(actor: Actor, segment: Segment) -> QuerySet[Model]:
    """Return the members of a segment that somebody may see. Raises ``Invalid`` when its rule names what is gone."""
    spec = spec_on(actor, segment.object_name)
    require(actor, spec, Action.VIEW)
    rows = _own_rows(actor, spec, segment)
    if segment.excluded:
        everything = replace(actor, is_system=True)
        # Whoever is left out is so for everybody, whatever of the other segment's rule the reader may see.
        for other in Segment.objects.filter(LIVE, pk__in=segment.excluded, object_name=segment.object_name):
            rows = rows.exclude(pk__in=rows_of(everything, other).order_by().values("pk"))
    return rows


def _own_rows(actor: Actor, spec: ObjectSpec, segment: Segment) -> QuerySet[Model]:
    if segment.kind == SegmentKind.STATIC:
        listed = SegmentMember.objects.filter(segment_id=segment.pk).order_by().values("record_id")
        return matching_rows(actor, spec, ListRequest()).filter(pk__in=listed)
    return matching_rows(actor, spec, ListRequest(filter=parse_tree(segment.filter) if segment.filter else None))


def count_by_state(campaign_id: uuid.UUID) -> dict[str, int]:
    """Return how many members of a campaign are how far."""
    rows = CampaignMember.objects.filter(campaign_id=campaign_id).order_by().values_list("state")
    return dict(rows.annotate(count=Count("pk")))


def members_here(object_name: str, record_id: uuid.UUID) -> QuerySet[CampaignMember]:
    """Return the memberships of a record in live campaigns, the newest first."""
    rows = CampaignMember.objects.filter(**{f"{object_name}_id": record_id}, campaign__deleted_at__isnull=True)
    return rows.select_related("campaign").order_by("-added_at", "-pk")


def titles_of(actor: Actor, members: Sequence[CampaignMember]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return name and address of the members whose records somebody may see, by record; one query for each object."""
    found: dict[uuid.UUID, Mapping[str, Any]] = {}
    specs = specs_on(actor.organization)
    for name in MEMBER_OBJECTS:
        ids = [member.record_id for member in members if member.object_name == name]
        spec = specs.get(name)
        if not ids or spec is None or not _may_view(actor, spec):
            continue
        rows = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=ids)
        found.update({row.pk: {"name": _title(row), "url": f"/{spec.plural}/{row.pk}"} for row in rows})
    return found


def _title(row: Any) -> str:
    return str(row.name or getattr(row, "company", "") or row.number)


def waiting_responses(actor: Actor) -> QuerySet[CampaignMember]:
    """Return responses of which nothing was made yet, in campaigns of somebody's own."""
    nothing_made = Q(made_lead=None, made_task=None, made_opportunity=None, lead=None)
    rows = CampaignMember.objects.filter(nothing_made, state=MemberState.RESPONDED, campaign__deleted_at__isnull=True)
    return rows.filter(campaign__owner_id=actor.user_id).select_related("campaign").order_by("-responded_at", "-pk")
