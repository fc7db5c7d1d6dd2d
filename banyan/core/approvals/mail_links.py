"""Links in e-mails that lead to one decision: random, single use, for a few days; the database knows only their hash."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.approvals.choices import ApprovalState, SeatState
from banyan.core.approvals.models import MailLink, Seat
from banyan.core.identity.secrets import make_secret
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing
from banyan.core.tenancy.models import Organization

VALID_FOR = timedelta(days=7)
#: Where the organization keeps whether whoever has the link may decide without signing in.
SETTING = "approvals_by_mail"


def make_link(seat: Seat, user_id: uuid.UUID) -> str:
    """Return the secret of a new link for somebody's part, or their deputy's; earlier ones of the person end."""
    MailLink.objects.filter(seat=seat, user_id=user_id, used_at=None).delete()
    secret, digest = make_secret(seat.organization_id)
    MailLink.objects.create(
        organization_id=seat.organization_id,
        seat=seat,
        user_id=user_id,
        token_hash=digest,
        expires_at=now() + VALID_FOR,
    )
    return secret


def find_link(digest: str, *, lock: bool = False) -> MailLink:
    """Return a link that can still be used; raise ``Missing`` for one that is used, too old, or of no use any more."""
    rows = MailLink.objects.select_related("seat__run__approval__flow", "user__organization", "user__account")
    if lock:
        rows = rows.select_for_update(of=("self",))
    link = rows.filter(token_hash=digest).first()
    if link is None or link.used_at is not None or link.expires_at <= now() or not link.user.is_active:
        raise Missing("link_over", _("This link was used already or is too old. Sign in to see what waits for you."))
    if link.seat.state != SeatState.OPEN or link.seat.run.approval.state != ApprovalState.RUNNING:
        raise Missing("link_over", _("This was decided meanwhile. Sign in to see what became of it."))
    return link


def use_link(link: MailLink) -> None:
    """Let a link lead nowhere from now on."""
    link.used_at = now()
    link.save(update_fields=["used_at"])


def may_decide_unsigned(organization: Organization) -> bool:
    """Say whether the organization lets whoever has the link decide without signing in."""
    return bool(organization.settings.get(SETTING))


@transaction.atomic
def allow_unsigned(actor: Actor, *, allowed: bool) -> None:
    """Say whether links in e-mails are enough to decide; for those who manage security."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    before = may_decide_unsigned(organization)
    if before == allowed:
        return
    organization.settings = {**organization.settings, SETTING: allowed}
    organization.save(update_fields=["settings"])
    values = {"decide_by_mail": (before, allowed)}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=values)
