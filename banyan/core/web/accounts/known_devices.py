"""The cookie by which a device is known again, and what happens on one that is new."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.factors.devices import FORGOTTEN_AFTER, recognise
from banyan.core.identity.models import Account
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.sessions import ORGANIZATION_KEY
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import parse_id
from banyan.core.web.cookies import cookie_name
from banyan.core.web.jobs import send_device_notice
from banyan.core.web.user_agents import describe_device

DEVICE_COOKIE = "banyan_device"


def device_of(request: HttpRequest) -> str:
    """Return the secret of the browser's device; one that was set under the plain name counts until it is set anew."""
    return request.COOKIES.get(cookie_name(DEVICE_COOKIE), "") or request.COOKIES.get(DEVICE_COOKIE, "")


def remember_device(
    request: HttpRequest, response: HttpResponse, account: Account, secret: str, *, trust_for: timedelta
) -> None:
    """Know the device from now on; tell its owner when the account was never signed in there before.

    The very first device of an account is new to everybody and not worth telling.
    """
    visitor = visitor_of(request)
    found = recognise(account, secret, visitor, trust_for=trust_for)
    response.set_cookie(
        cookie_name(DEVICE_COOKIE),
        found.secret,
        max_age=int(FORGOTTEN_AFTER.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    if found.is_new and not found.is_first:
        organization_id = parse_id(request.session.get(ORGANIZATION_KEY))
        record_security_event(
            SecurityKind.NEW_DEVICE, account=account, organization_id=organization_id, visitor=visitor
        )
        send_device_notice.defer(
            account_id=str(account.pk),
            device=describe_device(visitor.user_agent),
            address=visitor.address,
            at=f"{now():%Y-%m-%d %H:%M} UTC",
            language=get_language() or "en",
        )
