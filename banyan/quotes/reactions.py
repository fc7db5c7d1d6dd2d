"""What happens to quotes when approvals of them begin and end."""

from __future__ import annotations

import uuid

from django.db.models import F

from banyan.core.approvals.choices import ApprovalState
from banyan.core.approvals.events import ApprovalChanged, ApprovalEnded
from banyan.core.approvals.models import Approval
from banyan.core.records.changelog import tell_figures
from banyan.quotes.choices import QuoteStatus
from banyan.quotes.models import Quote


def follow_approval(event: ApprovalChanged | ApprovalEnded) -> None:
    """Let a draft be in approval while one is under way, and a draft again afterwards.

    The status follows from the approval alone, which may have locked every field: so it is written beside the door.
    """
    if event.object_name == "quote":
        _settle(event.organization_id, event.record_id)


def _settle(organization_id: uuid.UUID, quote_id: uuid.UUID) -> None:
    running = Approval.objects.filter(object_name="quote", record_id=quote_id, state=ApprovalState.RUNNING).exists()
    old, new = QuoteStatus.DRAFT, QuoteStatus.APPROVAL
    if not running:
        old, new = new, old
    changed = Quote.objects.filter(pk=quote_id, status=old).update(status=new, version=F("version") + 1)
    if changed:
        tell_figures(organization_id, "quote", ("status",), [(quote_id, old.value, new.value)])
