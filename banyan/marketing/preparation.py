"""What marketing refuses while segments and campaigns pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _

from banyan.core.records.drafts import Draft, WriteContext
from banyan.marketing.models import LIVE, Campaign, Segment, SegmentMember
from banyan.marketing.rules import leads_back


def prepare_segments(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Keep a segment of the records it was made of: its rule and its list mean nothing for others."""
    for draft in drafts:
        if draft.is_new or not draft.changes("object_name"):
            continue
        stored: Segment = draft.existing  # type: ignore[assignment]  # what the specification of segments makes
        if stored.filter or stored.excluded or SegmentMember.objects.filter(segment_id=stored.pk).exists():
            message = _("This segment has a rule or members already. Make another one for other records.")
            draft.refuse("object_name", "in_use", message)


def prepare_campaigns(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Judge period and parents of campaigns."""
    changed = [draft for draft in drafts if draft.get("parent") is not None and draft.changes("parent")]
    parents: dict[uuid.UUID, list[uuid.UUID]] = {}
    if changed:
        rows = Campaign.objects.filter(LIVE, parent__isnull=False).values_list("pk", "parent_id")
        parents = {pk: [parent_id] for pk, parent_id in rows}
        parents.update({draft.record_id: [draft.get("parent")] for draft in changed})
    for draft in drafts:
        begin, end = draft.get("starts_on"), draft.get("ends_on")
        if begin is not None and end is not None and end < begin:
            draft.refuse("ends_on", "out_of_range", _("The end lies before the start."))
        if draft in changed and leads_back(draft.record_id, parents):
            draft.refuse("parent", "circle", _("A campaign cannot be part of itself."))
        if not draft.is_new and draft.changes("currency") and _has_amounts(draft):
            message = _("There are amounts in this currency. Change them with the currency.")
            draft.refuse("currency", "in_use", message)


def _has_amounts(draft: Draft) -> bool:
    """Say whether amounts would silently become such of another currency."""
    names = ("budget", "actual_cost", "expected_revenue")
    return any(draft.get(name) is not None and not draft.changes(name) for name in names) and bool(
        draft.before("currency")
    )
