"""What happens at links: looks, answers, comments; and who of the organization is told."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.events import publish
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.listing.labels import labels_of
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization
from banyan.portal.choices import VisitKind
from banyan.portal.events import PortalCommented, PortalVisited
from banyan.portal.models import PortalComment, PortalLink, PortalVisit
from banyan.portal.services.links import require_edit

#: Looks of the same reader within this time are one line of the log.
SAME_LOOK = timedelta(minutes=10)
LONGEST_COMMENT = 4_000
#: More comments of visitors within an hour are no conversation.
MOST_AN_HOUR = 30
FIRST_LOOK = gettext_noop("%(who)s opened the link to “%(name)s”.")
NEW_COMMENT = gettext_noop("%(who)s wrote about “%(name)s”: %(text)s")


def network_of(address: str) -> str:
    """Return the part of the network that an address lies in: enough to recognise a company, not a person."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    prefix = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{prefix}", strict=False))


@transaction.atomic
def note_look(link: PortalLink, network: str) -> None:
    """Count a look; the first one is told to whoever looks after the record."""
    is_first = not link.looks
    PortalLink.objects.filter(pk=link.pk).update(looks=F("looks") + 1, looked_at=now())
    recent = PortalVisit.objects.filter(link=link, kind=VisitKind.LOOK, network=network, at__gt=now() - SAME_LOOK)
    if not recent.exists():
        note_visit(link, VisitKind.LOOK, network)
    if is_first:
        tell_people(link, FIRST_LOOK)
        publish(PortalVisited(link.organization_id, link.pk, link.purpose, link.object_name, link.record_id))


def note_visit(link: PortalLink, kind: VisitKind, network: str, text: str = "") -> PortalVisit:
    """Write into the log of a link what somebody did there."""
    return PortalVisit.objects.create(
        organization_id=link.organization_id, link=link, kind=kind, network=network, text=text[:200]
    )


@transaction.atomic
def add_comment(link: PortalLink, *, name: str, text: str, network: str) -> PortalComment:
    """Keep what a visitor wrote, and tell whoever looks after the record; raise ``Invalid``."""
    written, author = _checked(text), clean_text(name).strip()[:120] or link.recipient or _("A visitor")
    hour = PortalComment.objects.filter(link=link, at__gt=now() - timedelta(hours=1))
    if hour.count() >= MOST_AN_HOUR:
        raise Invalid([FieldError("text", "too_many", _("That were many comments. Wait a little, or call us."))])
    comment = PortalComment.objects.create(
        organization_id=link.organization_id, object_name=link.object_name, record_id=link.record_id, link=link,
        name=author, text=written,
    )  # fmt: skip
    note_visit(link, VisitKind.ANSWER, network, written)
    tell_people(link, NEW_COMMENT, who=author, text=written[:120])
    publish(PortalCommented(link.organization_id, link.pk, link.object_name, link.record_id))
    return comment


@transaction.atomic
def answer_comment(actor: Actor, object_name: str, record_id: uuid.UUID, text: str) -> PortalComment:
    """Answer visitors where they wrote; raise ``NotAllowed`` without the right to change the record, or ``Invalid``."""
    require_edit(actor, object_name, record_id)
    return PortalComment.objects.create(
        organization_id=actor.organization_id, object_name=object_name, record_id=record_id, author_id=actor.user_id,
        name=actor.user.name if actor.user else actor.organization.name, text=_checked(text),
    )  # fmt: skip


def comments_of(object_name: str, record_id: uuid.UUID) -> Sequence[PortalComment]:
    """Return what was written about a record, oldest first."""
    return list(PortalComment.objects.filter(object_name=object_name, record_id=record_id).order_by("at")[:500])


def tell_people(link: PortalLink, message: str, /, **values: str) -> None:
    """Tell the owner of a record, or whoever made the link, what happened at it.

    ``message`` is one of the catalogue; ``%(who)s`` and ``%(name)s`` are filled in.
    """
    spec = spec_for(Organization.objects.get(pk=link.organization_id), link.object_name)
    owner = _owner(spec, link.record_id) or link.created_by_id
    if owner is None:
        return
    title = labels_of({spec.name: [link.record_id]}).get(link.record_id, "")
    filled = {"who": link.recipient or link.email or "?", "name": title, **values}
    publish(PeopleToTell(link.organization_id, (owner,), message, f"/{spec.plural}/{link.record_id}", filled))


def _owner(spec: ObjectSpec, record_id: uuid.UUID) -> Any:
    return spec.model._default_manager.filter(pk=record_id).values_list("owner_id", flat=True).first()  # noqa: SLF001


def _checked(text: str) -> str:
    written = clean_text(text).strip()
    if not written:
        raise Invalid([FieldError("text", "required", _("Write something first."))])
    if len(written) > LONGEST_COMMENT:
        message = _("At most %(maximum)d characters fit.") % {"maximum": LONGEST_COMMENT}
        raise Invalid([FieldError("text", "too_long", message)])
    return written


def at_records(records: Mapping[str, Collection[uuid.UUID]]) -> Q:
    """Return the condition that a link or a comment is about one of some records, given by object."""
    found = Q(pk__in=())
    for name, ids in records.items():
        found |= Q(object_name=name, record_id__in=list(ids))
    return found
