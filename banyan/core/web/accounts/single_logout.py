"""Signing out at a provider as well, and being signed out by it: SAML and OpenID Connect."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from banyan.core.ciphers.master import KeyUnavailable
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Session
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind
from banyan.core.identity.providers.queries import find_provider
from banyan.core.identity.providers.visits import use_assertion
from banyan.core.identity.providers.vouching import BegunSession, ProviderFailed, ServiceProvider
from banyan.core.identity.secret_values import SealBroken
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.sessions import BEGUN_KEY, ORGANIZATION_KEY, provider_name_hash, stored_key
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import new_id, parse_id
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.signing import signed_in_method
from banyan.core.web.accounts.single_sign_on import keyed_service_of, signed_out_uri, told_as

if TYPE_CHECKING:
    from banyan.core.identity.providers.saml_logout import Answered, Message

LEFT_KEY = "left_provider"
REQUEST, RESPONSE = "SAMLRequest", "SAMLResponse"


@dataclass(frozen=True)
class Departure:
    """Where somebody who signs out here goes on to sign out at the provider."""

    provider: str
    address: str
    request_id: str


def departure_of(request: HttpRequest) -> Departure | None:
    """Return where the person of a session signs out at the provider that began it, if that is possible there."""
    begun = BegunSession.from_json(request.session.get(BEGUN_KEY))
    provider_id = parse_id(signed_in_method(request).name)
    organization_id = parse_id(request.session.get(ORGANIZATION_KEY))
    if not begun.name or provider_id is None or organization_id is None:
        return None
    entered = Organization.objects.get(pk=organization_id)
    # Who practises came through the provider of the organization that the practice belongs to.
    provider = find_provider(entered.home_id, provider_id)
    if provider is None:
        return None
    if provider.kind == ProviderKind.OIDC:
        return _departure_by_openid(provider, begun)
    return _departure_by_saml(provider, begun)


def _departure_by_openid(provider: IdentityProvider, begun: BegunSession) -> Departure | None:
    from banyan.core.identity.providers.oidc_logout import leaving_address  # noqa: PLC0415 loads a library that most requests never need

    state = new_id().hex
    address = leaving_address(provider, begun, state=state, back=signed_out_uri())
    return Departure(provider.name, address, state) if address else None


def _departure_by_saml(provider: IdentityProvider, begun: BegunSession) -> Departure | None:
    if not provider.settings.get("sign_out_url"):
        return None
    from banyan.core.identity.providers.saml_logout import can_sign_out, leaving_address  # noqa: PLC0415 loads a library that most requests never need

    try:
        with organization_scope(provider.organization_id):
            us = keyed_service_of(provider)
    except (SealBroken, KeyUnavailable):
        # Signing out here must not fail because a key cannot be read.
        return None
    if not can_sign_out(provider, us):
        return None
    request_id = f"_{new_id().hex}"
    return Departure(provider.name, leaving_address(provider, us, begun, request_id=request_id, at=now()), request_id)


def leave(request: HttpRequest, departure: Departure) -> HttpResponse:
    """Send the browser on to the provider; the session here is over already."""
    request.session[LEFT_KEY] = departure.request_id
    context = {
        "language": get_language(), "provider": departure.provider, "address": departure.address, "is_leaving": True,
    }  # fmt: skip
    return render(request, "accounts/to_provider.html", context)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
@told_as("single_logout")
def sign_out(request: HttpRequest, organization_id: uuid.UUID, provider_id: uuid.UUID) -> HttpResponse:
    """Take what a provider says about the end of a session: its wish, or its answer to ours; both are signed."""
    from banyan.core.identity.providers import saml_logout  # noqa: PLC0415 loads a library that most requests never need

    provider = find_provider(organization_id, provider_id)
    if provider is None or provider.kind != ProviderKind.SAML:
        raise Missing("not_found", _("There is no such provider of single sign-on, or it is off."))
    with organization_scope(organization_id):
        us = keyed_service_of(provider)
    if not saml_logout.can_sign_out(provider, us):
        raise Missing("not_found", _("Single logout is not set up for this provider."))
    if request.method == "GET":
        message = saml_logout.message_of_address(provider, us, request.META.get("QUERY_STRING", ""))
    else:
        kind = REQUEST if REQUEST in request.POST else RESPONSE
        message = saml_logout.message_of_form(
            provider, us, kind, request.POST.get(kind, ""), request.POST.get("RelayState", "")
        )
    if message.kind == REQUEST:
        return _end_sessions(request, provider, us, message)
    return _arrived(request, saml_logout.answered_by(message))


def _end_sessions(
    request: HttpRequest, provider: IdentityProvider, us: ServiceProvider, message: Message
) -> HttpResponse:
    """End the sessions that a provider's request names, the browser's own among them, and tell the provider so."""
    from banyan.core.identity.providers import saml_logout  # noqa: PLC0415 loads a library that most requests never need

    asked = saml_logout.asked_by(message, us, now())
    method = str(provider.pk)
    sessions = Session.objects.filter(method=method, provider_subject_hash=provider_name_hash(method, asked.name))
    if asked.indexes:
        named = [provider_name_hash(method, index) for index in asked.indexes]
        sessions = sessions.filter(provider_session_hash__in=named)
    with organization_scope(provider.organization_id):
        use_assertion(provider, asked.id, expires_at=asked.believed_until)
        _end(request, provider, sessions)
    address = saml_logout.answer_address(provider, us, asked, answer_id=f"_{new_id().hex}", at=now())
    return HttpResponseRedirect(address, status=303)


def _end(request: HttpRequest, provider: IdentityProvider, sessions: QuerySet[Session]) -> None:
    """End sessions because their provider says so, in its organization's scope, and write it down."""
    own = stored_key(request.session.session_key)
    for session in sessions.select_related("account"):
        # The browser must not keep the key of a session that is no more.
        if session.session_key == own:
            request.session.flush()
        else:
            session.delete()
        record_security_event(
            SecurityKind.SIGNED_OUT,
            account=session.account,
            organization_id=provider.organization_id,
            visitor=visitor_of(request),
            details={"reason": "provider", "provider": provider.name, "user_agent": session.user_agent},
        )


@csrf_exempt
@never_cache
@require_POST
def end_by_openid(request: HttpRequest, organization_id: uuid.UUID, provider_id: uuid.UUID) -> HttpResponse:
    """Take an OpenID provider's word, server to server, that sessions are over (back-channel logout)."""
    from banyan.core.identity.providers.oidc_logout import ended_by  # noqa: PLC0415 loads a library that most requests never need

    provider = find_provider(organization_id, provider_id)
    try:
        if provider is None or provider.kind != ProviderKind.OIDC:
            raise Missing("not_found", _("There is no such provider of single sign-on, or it is off."))
        ended = ended_by(provider, request.POST.get("logout_token", ""), now())
        method = str(provider.pk)
        sessions = Session.objects.filter(method=method)
        if ended.subject:
            sessions = sessions.filter(provider_subject_hash=provider_name_hash(method, ended.subject))
        if ended.session:
            sessions = sessions.filter(provider_session_hash=provider_name_hash(method, ended.session))
        with organization_scope(organization_id):
            use_assertion(provider, ended.id, expires_at=ended.believed_until)
            _end(request, provider, sessions)
    except DomainError as problem:
        record_security_event(
            SecurityKind.SIGN_IN_FAILED,
            organization_id=organization_id if provider is not None else None,
            visitor=visitor_of(request),
            details={"way": "single_logout", "reason": problem.code},
        )
        told = {"error": "invalid_request", "error_description": str(problem.message)}
        return JsonResponse(told, status=400)
    return HttpResponse(status=200)


@never_cache
@require_GET
@told_as("single_logout")
def signed_out(request: HttpRequest) -> HttpResponse:
    """Tell somebody who comes back from an OpenID provider that they are signed out there as well."""
    kept = str(request.session.pop(LEFT_KEY, ""))
    if not kept or not constant_time_compare(kept, request.GET.get("state", "")):
        raise ProviderFailed("visit_ended", _("This answer belongs to no attempt to sign out in this browser."))
    return HttpResponseRedirect("/sign-in?notice=signed-out-everywhere", status=303)


def _arrived(request: HttpRequest, answered: Answered) -> HttpResponse:
    """Tell somebody who comes back from signing out at the provider how that went."""
    kept = str(request.session.pop(LEFT_KEY, ""))
    # What comes by POST comes without our cookies; it says the same and changes nothing.
    if kept and kept != answered.in_response_to:
        raise ProviderFailed("visit_ended", _("This answer belongs to no attempt to sign out in this browser."))
    notice = "signed-out-everywhere" if answered.is_done else "signed-out-here"
    return HttpResponseRedirect(f"/sign-in?notice={notice}", status=303)
