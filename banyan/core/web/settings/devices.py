"""My devices: where my account is signed in, and signing out there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.identity.models import Session
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing
from banyan.core.web.accounts.signing import signed_in_account, tell_security
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import saved, settings_answer
from banyan.core.web.views.base import signed_in

URL = "/settings/me/devices"
#: Parts of what browsers call themselves, the more special first.
BROWSERS = (
    ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Lark", "Feishu"), ("Edg", "Edge"), ("OPR", "Opera"),
    ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"), ("python", "Python"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@signed_in("GET")
def devices(request: SignedInRequest) -> HttpResponse:
    """List the sessions of one's account."""
    rows = [
        {
            "id": public_id(session),
            "device": describe_device(session.user_agent),
            "address": session.address or "",
            "since": told_instant(session.signed_in_at) if session.signed_in_at else "",
            "is_current": session.session_key == request.session.session_key,
        }
        for session in _own_sessions(request)
    ]
    return settings_answer(request, "devices", "settings/devices.html", {"devices": rows})


@signed_in("POST")
def sign_device_out(request: SignedInRequest, session_id: str) -> HttpResponse:
    """End one of one's sessions."""
    for session in _own_sessions(request):
        if public_id(session) == session_id:
            session.delete()
            tell_security(request, "session.ended", signed_in_account(request))
            return saved(request, _("The device was signed out."), URL)
    raise Missing("not_found", _("This device is signed out already."))


@signed_in("POST")
def sign_others_out(request: SignedInRequest) -> HttpResponse:
    """End all of one's sessions but this one."""
    for session in _own_sessions(request):
        if session.session_key != request.session.session_key:
            session.delete()
    tell_security(request, "session.ended", signed_in_account(request), others="all")
    return saved(request, _("All other devices were signed out."), URL)


def public_id(session: Session) -> str:
    """Return what names a session in pages; its key is a secret."""
    return hashlib.sha256(f"device {session.session_key}".encode()).hexdigest()[:32]


def describe_device(user_agent: str) -> str:
    """Return browser and system in words, as far as the browser tells."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def _own_sessions(request: SignedInRequest) -> Iterator[Session]:
    account = request.actor.user.account if request.actor.user else None
    if account is not None:
        yield from Session.objects.filter(account=account, expire_date__gt=now()).order_by("-signed_in_at")
