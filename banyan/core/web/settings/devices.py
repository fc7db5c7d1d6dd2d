"""My devices: where my account is signed in, and signing out there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Session
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.sessions import stored_key
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import saved, settings_answer
from banyan.core.web.user_agents import describe_device
from banyan.core.web.views.base import signed_in

URL = "/settings/me/devices"


@signed_in("GET")
def devices(request: SignedInRequest) -> HttpResponse:
    """List the sessions of one's account."""
    current = stored_key(request.session.session_key)
    rows = [described_session(session, current=current) for session in _own_sessions(request)]
    return settings_answer(request, "devices", "settings/devices.html", {"devices": rows})


@signed_in("POST")
def sign_device_out(request: SignedInRequest, session_id: str) -> HttpResponse:
    """End one of one's sessions."""
    for session in _own_sessions(request):
        if public_id(session) == session_id:
            _end(request, session)
            return saved(request, _("The device was signed out."), URL)
    raise Missing("not_found", _("This device is signed out already."))


@signed_in("POST")
def sign_others_out(request: SignedInRequest) -> HttpResponse:
    """End all of one's sessions but this one."""
    for session in _own_sessions(request):
        if session.session_key != stored_key(request.session.session_key):
            _end(request, session)
    return saved(request, _("All other devices were signed out."), URL)


def described_session(session: Session, *, current: str = "") -> dict[str, Any]:
    """Return what a page tells of a session; ``current`` is the stored key of the reader's own."""
    return {
        "id": public_id(session),
        "device": describe_device(session.user_agent),
        "address": session.address or "",
        "since": told_instant(session.signed_in_at) if session.signed_in_at else "",
        "seen": told_instant(session.last_seen_at) if session.last_seen_at else "",
        "is_current": session.session_key == current,
    }


def public_id(session: Session) -> str:
    """Return what names a session in pages; its key is nobody's business."""
    return hashlib.sha256(f"device {session.session_key}".encode()).hexdigest()[:32]


def _end(request: SignedInRequest, session: Session) -> None:
    session.delete()
    record_security_event(
        SecurityKind.SESSION_REVOKED,
        account=session.account,
        user_id=request.actor.user_id,
        visitor=visitor_of(request),
        details={"reason": "signed_out_elsewhere", "user_agent": session.user_agent},
    )


def _own_sessions(request: SignedInRequest) -> Iterator[Session]:
    account = request.actor.user.account if request.actor.user else None
    if account is not None:
        sessions = Session.objects.select_related("account").filter(account=account, expire_date__gt=now())
        yield from sessions.order_by("-signed_in_at")
