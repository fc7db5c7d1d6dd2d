"""What happens around every page: the organization's scope, the actor, the language, security headers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.remembering import actor_of_account
from banyan.core.access.see_as import SESSION_KEY as SEEN_AS
from banyan.core.access.see_as import seen_as
from banyan.core.access.standing import actor_for
from banyan.core.audit.reading import gathering_reads
from banyan.core.audit.refusals import note_refusal
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import User
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.sessions import ORGANIZATION_KEY
from banyan.core.identity.visitors import client_address, user_agent, visitor_of
from banyan.core.kernel.errors import NotAllowed
from banyan.core.kernel.ids import new_id, parse_id
from banyan.core.kernel.origin import Origin, coming_from
from banyan.core.tenancy.scope import organization_scope

Handler = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = "; ".join(  # noqa: FLY002 one rule per line reads better than one long string
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
#: Addresses that prove their callers by themselves and open a scope of their own: no session is asked.
WITHOUT_SESSION = ("/api/v1/", "/p/")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: The one address that answers to a change while somebody looks as another person.
STOP_LOOKING = "/settings/see-as/end"
#: Sent by our pages with what they load by themselves, which is no activity of a person.
BACKGROUND_HEADER = "X-Background"
PERMISSIONS_POLICY = "camera=(), geolocation=(self), microphone=(), payment=(), usb=()"


class SignedInRequest(HttpRequest):
    """A request of somebody signed in, within the organization's scope."""

    actor: Actor
    request_id: str


def security_headers(get_response: Handler) -> Handler:
    """Add the request's id and the headers that keep foreign code out."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.request_id = _request_id(request)  # type: ignore[attr-defined]
        with coming_from(Origin(client_address(request), user_agent(request))):
            response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("X-Request-Id", request.request_id)  # type: ignore[attr-defined]
        if settings.SESSION_COOKIE_SECURE:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.path.startswith(settings.STATIC_URL):
            return response
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Vary", "Cookie, HX-Request")
        return response

    return handle


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-Id", "")
    return given if given.isascii() and given.replace("-", "").isalnum() and len(given) <= 64 else str(new_id())


def within_organization(get_response: Handler) -> Handler:
    """Run a signed-in person's request in one transaction of their organization, as their actor.

    An error response undoes what the request wrote. Streamed answers read later and open a scope of
    their own.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        organization_id = parse_id(request.session.get(ORGANIZATION_KEY))
        account_id = parse_id(request.session.get("_auth_user_id"))
        request.actor = None  # type: ignore[attr-defined]
        if account_id is not None and BACKGROUND_HEADER not in request.headers:
            request.session.note_activity()  # type: ignore[attr-defined]  # our own store of sessions
        if organization_id is None or account_id is None or request.path.startswith(WITHOUT_SESSION):
            return _in_language(request, get_response)
        return _as_user(request, get_response, organization_id, account_id)

    return handle


def _as_user(
    request: HttpRequest, get_response: Handler, organization_id: uuid.UUID, account_id: uuid.UUID
) -> HttpResponse:
    with organization_scope(organization_id):
        actor = actor_of_account(organization_id, account_id, _build_actor)
        if actor is not None and not actor.may_come_from(client_address(request)):
            return _refuse_network(request, actor)
        seen = actor if request.path == STOP_LOOKING else seen_as(actor, request.session.get(SEEN_AS))
        request.actor = seen  # type: ignore[attr-defined]
        may_change = seen is None or seen.watched_by is None or request.method in SAFE_METHODS
        with gathering_reads():
            response = _in_language(request, get_response if may_change else _only_looking)
        if response.status_code >= 500 or getattr(response, "undo_writes", False):
            transaction.set_rollback(True)
    refusal, actor = getattr(response, "refusal", None), getattr(request, "actor", None)
    if refusal is not None and actor is not None:
        note_refusal(actor, refusal, path=request.path, method=str(request.method))
    return response


def _only_looking(request: HttpRequest) -> HttpResponse:
    """Refuse whatever may change something while somebody looks as another person."""
    from banyan.core.web.errors import domain_error  # noqa: PLC0415 the pages of errors need the actor's frame

    message = _("You are looking as somebody else: nothing can be changed. Go back first.")
    return domain_error(request, NotAllowed("only_looking", message))


def _refuse_network(request: HttpRequest, actor: Actor) -> HttpResponse:
    """End a session that is used from a network which the person's roles leave out."""
    visitor = visitor_of(request)
    account = actor.user.account if actor.user else None
    record_security_event(SecurityKind.NETWORK_REFUSED, account=account, user_id=actor.user_id, visitor=visitor)
    request.session.flush()
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401)
    return HttpResponseRedirect("/sign-in?notice=network", status=303)


def _build_actor(user_id: uuid.UUID) -> Actor:
    return actor_for(User.objects.select_related("organization").get(pk=user_id))


def _in_language(request: HttpRequest, get_response: Handler) -> HttpResponse:
    actor: Any = getattr(request, "actor", None)
    language = actor.language if actor else translation.get_language_from_request(request)
    zone = actor.time_zone if actor else "UTC"
    with translation.override(language), timezone.override(zone):
        request.LANGUAGE_CODE = language
        return get_response(request)
