"""The bell: what somebody should know, from whichever app keeps it.

The app that keeps notices registers a source; without one the list is empty.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_own_eyes
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.registry import Registry
from banyan.core.objects.kinds import split_reference
from banyan.core.objects.modules import specs_on
from banyan.core.web.answers import is_partial, macro, markup, page, safe_path, visit
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import short_instant
from banyan.core.web.views.base import signed_in

IN_MENU, ON_PAGE = 15, 100
URL = "/notifications"


@dataclass(frozen=True)
class Notice:
    """Something that one person should know; ``about`` names the record as ``object:id``, or a page by its path."""

    id: uuid.UUID
    text: str
    at: datetime
    about: str = ""
    who: str = ""
    is_unread: bool = False


class NotificationSource(Protocol):
    """What the app that keeps notices offers."""

    def latest(self, actor: Actor, *, limit: int) -> Sequence[Notice]:
        """Return the actor's own notices, newest first."""

    def find(self, actor: Actor, notice_id: uuid.UUID) -> Notice | None:
        """Return one of the actor's own notices."""

    def mark_read(self, actor: Actor, notice_ids: Iterable[uuid.UUID] | None) -> None:
        """Mark notices of the actor as read, all of them for None."""

    def mark_unread(self, actor: Actor, notice_id: uuid.UUID) -> None:
        """Mark one of the actor's notices as not read yet."""


notification_sources: Registry[NotificationSource] = Registry("notification sources")


@signed_in("GET")
def notifications(request: SignedInRequest) -> HttpResponse:
    """Show somebody's notices: in the menu of the bell, or on a page of their own."""
    require_own_eyes(request.actor)
    if is_partial(request):
        return _menu(request)
    shown = _described(request.actor, ON_PAGE)
    only_unread = request.GET.get("unread") == "1"
    unread = [notice for notice in shown if notice["unread"]]
    tabs = [
        {"label": _("All"), "url": URL, "active": not only_unread},
        {"label": _("Unread"), "url": f"{URL}?unread=1", "active": only_unread, "count": len(unread)},
    ]
    context = {"list": unread if only_unread else shown, "tabs": tabs, "kept": "?unread=1" if only_unread else ""}
    return page(request, "settings/notifications.html", context)


@signed_in("POST")
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark all of somebody's notices as read."""
    for source in notification_sources:
        source.mark_read(request.actor, None)
    return _menu(request) if is_partial(request) else HttpResponseRedirect(URL, status=303)


@signed_in("POST")
def toggle_notice(request: SignedInRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Mark a notice as read, or as not read yet, whichever it is not; answer with the list of them."""
    for source in notification_sources:
        notice = source.find(request.actor, notice_id)
        if notice is not None and notice.is_unread:
            source.mark_read(request.actor, [notice_id])
        elif notice is not None:
            source.mark_unread(request.actor, notice_id)
    return visit(request, f"{URL}?unread=1" if request.GET.get("unread") == "1" else URL)


@signed_in("GET")
def open_notice(request: SignedInRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Mark a notice as read and lead to what it is about."""
    for source in notification_sources:
        notice = source.find(request.actor, notice_id)
        if notice is not None:
            source.mark_read(request.actor, [notice_id])
            return HttpResponseRedirect(_place(request.actor, notice.about))
    return HttpResponseRedirect(URL)


def _menu(request: SignedInRequest) -> HttpResponse:
    shown = _described(request.actor, IN_MENU)
    unread = sum(1 for notice in shown if notice["unread"])
    parts = [macro("components/notifications.html", "notification_list", shown, f"{URL}/read", URL)]
    if request.method == "POST":
        parts.append(macro("components/notifications.html", "unread_badge", unread, oob=True))
    return markup(*parts)


def _described(actor: Actor, limit: int) -> list[dict[str, Any]]:
    notices = [notice for source in notification_sources for notice in source.latest(actor, limit=limit)]
    return [
        {
            "text": notice.text,
            "url": f"{URL}/{notice.id}",
            "toggle_url": f"{URL}/{notice.id}/toggle",
            "who": notice.who,
            "when": short_instant(notice.at, actor),
            "when_iso": notice.at.isoformat(),
            "unread": notice.is_unread,
        }
        for notice in sorted(notices, key=lambda notice: notice.at, reverse=True)[:limit]
    ]


def _place(actor: Actor, about: str) -> str:
    """Return the page, or that of the record, that a notice is about; the list of notices when it has none."""
    if about.startswith("/"):
        return safe_path(about)
    reference = split_reference(about)
    spec = specs_on(actor.organization).get(reference[0]) if reference else None
    if reference is None or spec is None or parse_id(reference[1]) is None:
        return URL
    return f"/{spec.plural}/{reference[1]}" if spec.has_page else f"/{spec.plural}"
