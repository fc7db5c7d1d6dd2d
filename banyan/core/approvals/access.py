"""That approvers see the record as long as they have to decide: a share each, which ends with their part."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from banyan.core.access.models import GranteeKind, Share, SharedAccess
from banyan.core.approvals.choices import SeatState
from banyan.core.approvals.models import Approval, Seat
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization


def give_sight(
    organization: Organization, spec: ObjectSpec, approval: Approval, user_id: uuid.UUID
) -> uuid.UUID | None:
    """Share a record with somebody who has to decide about it; return the share's id, None when one was there.

    It is a share like any other: "Who can see this?" names it, and the record's team lists the person as approver.
    """
    with translation.override(organization.language):
        role = _("Approver")
    entry, is_new = Share.objects.get_or_create(
        organization_id=organization.pk,
        record_id=approval.record_id,
        grantee_id=user_id,
        defaults={
            "object_name": spec.name,
            "grantee_kind": GranteeKind.PERSON,
            "access": SharedAccess.VIEW,
            "team_role": role,
            "shared_by_id": approval.started_by_id,
        },
    )
    return entry.pk if is_new or _is_given_by_approval(entry.pk) else None


def take_back_sight(approval: Approval, seats: Sequence[Seat]) -> None:
    """End the shares of parts that are over, unless the person has another part in an approval of the record.

    What somebody has shared anew since then, with other terms, stays.
    """
    shares = {seat.share_id for seat in seats if seat.share_id is not None}
    if not shares:
        return
    needed = Seat.objects.filter(
        share_id__in=shares, state=SeatState.OPEN, run__approval__record_id=approval.record_id
    ).values_list("share_id", flat=True)
    over = shares - set(needed)
    for share in Share.objects.filter(pk__in=over, access=SharedAccess.VIEW, ends_on__isnull=True):
        if share.team_role in _role_names():
            share.delete()


def _is_given_by_approval(share_id: uuid.UUID) -> bool:
    return Seat.objects.filter(share_id=share_id, state=SeatState.OPEN).exists()


def _role_names() -> set[str]:
    names = set()
    for language in ("en", "zh-hans"):
        with translation.override(language):
            names.add(_("Approver"))
    return names
