"""Messages with links are sent in the background; the address is made here, so that no queue keeps it."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import IMMEDIATE, defer, job
from banyan.core.kernel.clock import now
from banyan.core.kernel.languages import written_day
from banyan.core.listing.labels import labels_of
from banyan.core.web.mail import send_message
from banyan.documents.public import head_of
from banyan.portal.models import PortalLink
from banyan.portal.services.pages import portal_pages


@job("portal.send_link", label=gettext_lazy("A link is sent"), queue=IMMEDIATE, attempts=5)
def send_link(actor: Actor, *, link_id: str, message: str) -> None:
    """Send a link to the person it was made for, unless it was withdrawn meanwhile."""
    link = PortalLink.objects.filter(pk=link_id).first()
    page = portal_pages.get(link.purpose) if link else None
    if link is None or page is None or not link.email or not link.is_open:
        return
    language = link.language or actor.organization.language
    with translation.override(language):
        context = {
            "link": link.url,
            "company": head_of(actor.organization, language).name,
            "what": str(page.label),
            "title": labels_of({link.object_name: [link.record_id]}).get(link.record_id, ""),
            "recipient": link.recipient,
            "message": message,
            "who": actor.user.name if actor.user else "",
            "until": written_day(link.expires_at.astimezone().date(), language),
        }
    reply_to = actor.user.email if actor.user else ""
    send_message(link.email, "portal_link", language=language, context=context, reply_to=reply_to)
    PortalLink.objects.filter(pk=link.pk).update(sent_at=now())


def send_by_mail(actor: Actor, link: PortalLink, *, message: str = "") -> None:
    """Queue the message with a link in the transaction that made it."""
    defer(send_link, actor, link_id=str(link.pk), message=message[:2_000])
