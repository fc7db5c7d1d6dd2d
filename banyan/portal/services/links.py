"""Making, finding and withdrawing links."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed, Refused
from banyan.core.kernel.ids import new_id
from banyan.core.listing.filters import live_rows
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.registry import spec_for
from banyan.portal.models import PortalLink
from banyan.portal.references import hash_of, token_of
from banyan.portal.services.pages import PortalPage, portal_pages

MODULE = "portal"
LONGEST_DAYS = 366
#: More open links to one record are more than anybody keeps track of.
MOST_LINKS = 50


@dataclass(frozen=True)
class Recipient:
    """Whom a link is for: a name, an address to send it to, and the language that is read there; all may be empty."""

    name: str = ""
    email: str = ""
    language: str = ""


NOBODY = Recipient()


@transaction.atomic
def create_link(
    actor: Actor,
    object_name: str,
    record_id: uuid.UUID,
    *,
    purpose: str,
    recipient: Recipient = NOBODY,
    expires_on: date | None = None,
) -> PortalLink:
    """Make a link to a record that the actor may change, and return it; its ``url`` is what is given away.

    Raises ``Missing`` or ``NotAllowed`` for the record, ``Invalid`` for a day that has passed or is too far away,
    ``Refused`` when the record cannot be given away now.
    """
    page = portal_pages.get(purpose)
    if page is None or page.object_name != object_name or not is_on(actor, page):
        raise Missing("not_found", _("There is no such page."))
    spec = spec_for(actor.organization, object_name)
    row = fetch_row(actor, spec, record_id)
    require_edit(actor, object_name, record_id)
    if not page.may_be_made(actor, row):
        raise Refused("not_now", _("This record cannot be given to people outside now."))
    day = today(actor.time_zone)
    last = expires_on or page.expires_on(actor, row) or proposed_day(page, day)
    if not day <= last <= day + timedelta(days=LONGEST_DAYS):
        message = _("A link ends today at the earliest and in a year at the latest.")
        raise Invalid([FieldError("expires_on", "out_of_range", message)])
    present = PortalLink.objects.filter(object_name=object_name, record_id=record_id)
    if present.filter(withdrawn_at=None, expires_at__gt=now()).count() >= MOST_LINKS:
        raise Refused("too_many_links", _("There are too many open links. Withdraw some first."))
    link_id = new_id()
    return PortalLink.objects.create(
        id=link_id,
        organization_id=actor.organization_id,
        purpose=purpose,
        object_name=object_name,
        record_id=record_id,
        token_hash=hash_of(token_of(actor.organization_id, link_id)),
        recipient=recipient.name[:200],
        email=recipient.email,
        language=recipient.language,
        expires_at=end_of_day(last, actor.organization.time_zone),
        created_by_id=actor.user_id,
    )


def proposed_day(page: PortalPage, day: date) -> date:
    """Return the last day of a link that is made on a day, unless the record says something else."""
    return day + timedelta(days=page.valid_days)


def end_of_day(day: date, time_zone: str) -> datetime:
    """Return the instant at which a day is over."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))


def is_on(actor: Actor, page: PortalPage) -> bool:
    """Say whether an organization uses a page."""
    organization = actor.organization
    return all(module_is_on(organization, name) for name in (MODULE, page.module)) and page.object_name in specs_on(
        organization
    )


def require_edit(actor: Actor, object_name: str, record_id: uuid.UUID) -> None:
    """Raise ``NotAllowed`` unless the actor may change a record."""
    spec = spec_for(actor.organization, object_name)
    if not restrict(live_rows(actor, spec), actor, spec, Action.EDIT).filter(pk=record_id).exists():
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))


def links_of(object_name: str, record_id: uuid.UUID) -> Sequence[PortalLink]:
    """Return the links to a record, newest first; the caller has checked that it may be seen."""
    rows = PortalLink.objects.filter(object_name=object_name, record_id=record_id)
    return list(rows.select_related("created_by"))


def find_own_link(actor: Actor, link_id: uuid.UUID) -> PortalLink:
    """Return a link to a record that the actor may change; raise ``Missing`` or ``NotAllowed``."""
    link = PortalLink.objects.filter(pk=link_id).first()
    if link is None or link.object_name not in specs_on(actor.organization):
        raise Missing("not_found", _("This link does not exist."))
    fetch_row(actor, spec_for(actor.organization, link.object_name), link.record_id, columns=("number",))
    require_edit(actor, link.object_name, link.record_id)
    return link


@transaction.atomic
def withdraw_link(actor: Actor, link_id: uuid.UUID) -> PortalLink:
    """Let a link lead nowhere from now on; raise ``Missing`` or ``NotAllowed`` as for its record."""
    link = find_own_link(actor, link_id)
    if link.withdrawn_at is None:
        link.withdrawn_at = now()
        link.save(update_fields=["withdrawn_at"])
    return link


def withdraw_links(object_name: str, record_id: uuid.UUID, *, purpose: str) -> int:
    """Withdraw all open links of a purpose to a record, for the app whose record it is; return how many there were."""
    rows = PortalLink.objects.filter(object_name=object_name, record_id=record_id, purpose=purpose, withdrawn_at=None)
    return rows.update(withdrawn_at=now())
