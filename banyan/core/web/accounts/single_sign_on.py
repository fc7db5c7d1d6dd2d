"""Signing in through an identity provider: being sent there, and coming back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import User
from banyan.core.identity.providers.joining import user_of
from banyan.core.identity.providers.keys import certificates_of, key_pairs_of
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind, ProviderVisit
from banyan.core.identity.providers.queries import find_provider
from banyan.core.identity.providers.strength import Strength, strength_of
from banyan.core.identity.providers.visits import (
    close,
    find_visit,
    note_return,
    request_id_of,
    send,
    use_assertion,
    verifier_of,
)
from banyan.core.identity.providers.vouching import ProviderFailed, ServiceProvider, Vouched
from banyan.core.identity.secrets import read_secret
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts import pending
from banyan.core.web.answers import safe_path
from banyan.core.web.errors import domain_error
from banyan.core.web.mail import base_url

SENT_KEY = "sent_to_provider"
#: In the address that leads to a provider: the person is to prove themselves anew.
FRESH = "fresh"
View = Callable[..., HttpResponse]


def told_as(way: str) -> Callable[[View], View]:
    """Let a view answer refusals with a page, and tell them as failed attempts, of which ``way`` says what was tried."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **values: object) -> HttpResponse:
            try:
                return view(request, *args, **values)
            except DomainError as problem:
                record_security_event(
                    SecurityKind.SIGN_IN_FAILED,
                    organization_id=_organization_of(request, values),
                    visitor=visitor_of(request),
                    details={"way": way, "reason": problem.code},
                )
                return domain_error(request, problem)

        return answer

    return wrap


told_in_words = told_as("single_sign_on")


@never_cache
@require_GET
@told_in_words
def begin(request: HttpRequest, organization_id: uuid.UUID, provider_id: uuid.UUID) -> HttpResponse:
    """Send the browser to a provider, by a page of ours: a form may not lead to other sites."""
    provider = _found(organization_id, provider_id)
    next_path = safe_path(request.GET.get("next") or "/")
    if provider.kind == ProviderKind.LDAP:
        return HttpResponseRedirect("/sign-in")
    with organization_scope(organization_id):
        sent = send(provider, next_path=next_path, is_fresh=FRESH in request.GET)
    if provider.kind == ProviderKind.OIDC:
        from banyan.core.identity.providers import oidc  # noqa: PLC0415 loads a library that most requests never need

        address = oidc.authorization_address(
            provider,
            state=sent.state,
            nonce=sent.visit.nonce,
            verifier=sent.verifier,
            redirect_uri=redirect_uri(),
            is_fresh=sent.visit.is_fresh,
        )
    else:
        from banyan.core.identity.providers import saml  # noqa: PLC0415 loads a library that most requests never need

        with organization_scope(organization_id):
            us = keyed_service_of(provider)
        address = saml.request_address(
            provider,
            us,
            request_id=sent.request_id,
            relay_state=sent.state,
            at=now(),
            is_fresh=sent.visit.is_fresh,
        )
    request.session[SENT_KEY] = sent.state
    context = {"language": get_language(), "provider": provider.name, "address": address}
    return render(request, "accounts/to_provider.html", context)


@never_cache
@require_GET
@told_in_words
def callback(request: HttpRequest) -> HttpResponse:
    """Take what an OpenID provider sends back with the browser."""
    from banyan.core.identity.providers.oidc import redeem  # noqa: PLC0415 loads a library that most requests never need

    state = _own_state(request)
    if request.GET.get("error"):
        raise ProviderFailed("provider_refused", _("The provider did not let you in."))
    with organization_scope(_organization(state)):
        visit = find_visit(state)
        close(visit)
    # Where somebody uses several providers, one of them must not pass for another (RFC 9207).
    if request.GET.get("iss") not in {None, visit.provider.settings.get("issuer")}:
        raise ProviderFailed("provider_untrusted", _("What the provider sent could not be verified. Try again."))
    # Outside of any transaction: the provider may take its time.
    vouched = redeem(
        visit.provider,
        code=request.GET.get("code", ""),
        nonce=visit.nonce,
        verifier=verifier_of(visit),
        redirect_uri=redirect_uri(),
    )
    strength = strength_of(visit.provider, vouched, is_fresh=visit.is_fresh, at=now())
    with organization_scope(visit.organization_id):
        user = _user(request, visit.provider, vouched)
    return _signed_in(request, visit, user, strength, vouched.began.to_json())


@csrf_exempt
@never_cache
@require_POST
@told_in_words
def answer(request: HttpRequest, organization_id: uuid.UUID, provider_id: uuid.UUID) -> HttpResponse:
    """Take the answer of a SAML provider, which comes from another site and so without our cookies.

    The session begins at the next address, where the browser has to be the one that was sent.
    """
    from banyan.core.identity.providers.saml import read_response  # noqa: PLC0415 loads a library that most requests never need

    provider = _found(organization_id, provider_id)
    state = request.POST.get("RelayState", "")
    if provider.kind != ProviderKind.SAML or _organization(state) != organization_id:
        raise ProviderFailed("visit_ended", _("This attempt to sign in took too long or was used. Try again."))
    with organization_scope(organization_id):
        visit = find_visit(state)
        if visit.provider_id != provider.pk:
            raise ProviderFailed("visit_ended", _("This attempt to sign in took too long or was used. Try again."))
        given = read_response(
            provider,
            keyed_service_of(provider),
            request.POST.get("SAMLResponse", ""),
            request_id=request_id_of(visit),
            at=now(),
        )
        use_assertion(provider, given.id, expires_at=given.expires_at)
        strength = strength_of(provider, given.vouched, is_fresh=visit.is_fresh, at=now())
        note_return(visit, _user(request, provider, given.vouched), given.vouched.began, strength)
    return HttpResponseRedirect(f"/sso/finish/{state}", status=303)


@never_cache
@require_GET
@told_in_words
def finish(request: HttpRequest, state: str) -> HttpResponse:
    """Begin the session of who came back from a SAML provider, in the browser that was sent there."""
    if not constant_time_compare(_own_state(request, state), state):
        raise _ended()
    with organization_scope(_organization(state)):
        visit = find_visit(state)
        if visit.user is None:
            raise _ended()
        close(visit)
        user = visit.user
    return _signed_in(request, visit, user, Strength.from_json(visit.strength), visit.began)


@require_GET
@told_in_words
def metadata(request: HttpRequest, organization_id: uuid.UUID, provider_id: uuid.UUID) -> HttpResponse:
    """Describe ourselves to the administrator of a SAML provider; nothing of it is secret."""
    from banyan.core.identity.providers.saml import our_metadata  # noqa: PLC0415 loads a library that most requests never need

    us = service_at(organization_id, provider_id)
    with organization_scope(organization_id):
        certificates = certificates_of(organization_id)
    return HttpResponse(our_metadata(us, certificates), content_type="application/samlmetadata+xml")


def redirect_uri() -> str:
    """Return where OpenID providers send people back to."""
    return f"{base_url()}/sso/callback"


def signed_out_uri() -> str:
    """Return where OpenID providers send people back to who have signed out there."""
    return f"{base_url()}/sso/signed-out"


def backchannel_of(provider: IdentityProvider) -> str:
    """Return where an OpenID provider tells that sessions are over."""
    return f"{base_url()}/sso/oidc/{provider.organization_id}/{provider.pk}/logout"


def service_of(provider: IdentityProvider) -> ServiceProvider:
    """Return who we are to a SAML provider."""
    return service_at(provider.organization_id, provider.pk)


def service_at(organization_id: uuid.UUID, provider_id: uuid.UUID) -> ServiceProvider:
    """Return who we are to the SAML provider of an organization."""
    address = f"{base_url()}/sso/saml/{organization_id}/{provider_id}"
    return ServiceProvider(f"{address}/metadata", address, f"{address}/logout")


def keyed_service_of(provider: IdentityProvider) -> ServiceProvider:
    """Return who we are to a SAML provider, with the private keys of its organization, in whose scope this runs."""
    return replace(service_of(provider), keys=key_pairs_of(provider.organization_id))


def beginning_of(provider: IdentityProvider) -> str:
    """Return the address that sends people to a provider; it may be bookmarked."""
    return f"/sso/{provider.organization_id}/{provider.pk}"


def _user(request: HttpRequest, provider: IdentityProvider, vouched: Vouched) -> User:
    return user_of(provider, vouched, visitor_of(request))


def _signed_in(
    request: HttpRequest, visit: ProviderVisit, user: User, strength: Strength, began: dict[str, str]
) -> HttpResponse:
    if user.account is None:
        raise _ended()
    return pending.begin(
        request,
        user.account,
        method=str(visit.provider_id),
        next_path=safe_path(visit.next_path),
        organization_id=visit.organization_id,
        strength=strength,
        began_there=began,
    )


def _own_state(request: HttpRequest, given: str = "") -> str:
    """Return the state under which this browser was sent; a foreign one would sign people in as somebody else."""
    kept = str(request.session.pop(SENT_KEY, ""))
    given = given or request.GET.get("state", "")
    if not kept or not constant_time_compare(kept, given):
        raise ProviderFailed("wrong_browser", _("This attempt began in another browser, or took too long. Try again."))
    return kept


def _found(organization_id: uuid.UUID, provider_id: uuid.UUID) -> IdentityProvider:
    provider = find_provider(organization_id, provider_id)
    if provider is None:
        raise Missing("not_found", _("There is no such provider of single sign-on, or it is off."))
    return provider


def _organization(state: str) -> uuid.UUID:
    read = read_secret(state)
    if read is None:
        raise _ended()
    return read[0]


def _organization_of(request: HttpRequest, values: dict[str, object]) -> uuid.UUID | None:
    """Return the organization that a failed attempt concerns, if the provider exists there."""
    organization_id, provider_id = values.get("organization_id"), values.get("provider_id")
    if isinstance(organization_id, uuid.UUID) and isinstance(provider_id, uuid.UUID):
        return organization_id if find_provider(organization_id, provider_id) else None
    return None


def _ended() -> ProviderFailed:
    return ProviderFailed("visit_ended", _("This attempt to sign in took too long or was used. Try again."))
