"""Who calls: the holder of a bearer token, or somebody signed in with a browser."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.see_as import SESSION_KEY as SEEN_AS
from banyan.core.access.see_as import seen_as
from banyan.core.access.standing import actor_for
from banyan.core.api.problems import Unauthenticated
from banyan.core.api.remembered_actors import TokenState, actor_of_token, token_state
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import ApiToken, User
from banyan.core.identity.secrets import read_secret
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.sessions import ORGANIZATION_KEY
from banyan.core.identity.visitors import client_address, visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import NotAllowed
from banyan.core.kernel.ids import parse_id

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ACCOUNT_KEY = "_auth_user_id"
NOTE_USE_EVERY = timedelta(hours=1)


class NetworkRefused(NotAllowed):
    """The caller's roles do not let them work from the network they call from."""


@dataclass(frozen=True)
class Claim:
    """Who somebody says they are, read before the organization's scope is open.

    ``key`` tells callers apart for rate limits. ``actor`` checks the claim within the scope; it raises
    ``Unauthenticated``.
    """

    organization_id: uuid.UUID
    key: str
    actor: Callable[[], Actor]


def claim_of(request: HttpRequest) -> Claim:
    """Return what a request claims by its token or its session.

    Raises ``Unauthenticated`` without either, and ``NotAllowed`` when a browser's request that may
    change something does not carry the proof that it comes from our own pages.
    """
    header = request.headers.get("Authorization", "")
    if header:
        return _token_claim(header)
    return _session_claim(request)


def require_network(request: HttpRequest, actor: Actor) -> None:
    """Raise ``NetworkRefused`` unless the actor may work from where the request comes from."""
    if not actor.may_come_from(client_address(request)):
        raise NetworkRefused("network_not_allowed", _("Your role lets you work only from certain networks."))


def record_network_refusal(request: HttpRequest, actor: Actor) -> None:
    """Tell that somebody called from a network which their roles leave out."""
    record_security_event(
        SecurityKind.NETWORK_REFUSED,
        user_id=actor.user_id,
        organization_id=actor.organization_id,
        visitor=visitor_of(request),
        details={"way": "api"},
    )


def _token_claim(header: str) -> Claim:
    scheme, _space, secret = header.partition(" ")
    found = read_secret(secret) if scheme.lower() == "bearer" else None
    if found is None:
        raise _invalid_token()
    organization_id, secret_hash = found
    return Claim(organization_id, f"token:{secret_hash}", lambda: _token_actor(organization_id, secret_hash))


def _token_actor(organization_id: uuid.UUID, secret_hash: str) -> Actor:
    state = token_state(organization_id, secret_hash)
    if state is None or (state.expires_at is not None and state.expires_at <= now()):
        raise _invalid_token()
    _note_use(state)
    return actor_of_token(secret_hash, state, lambda: _actor_of_user(state.user_id))


def _actor_of_user(user_id: uuid.UUID) -> Actor:
    return actor_for(User.objects.select_related("organization").get(pk=user_id), channel=Channel.API)


def _note_use(token: TokenState) -> None:
    """Write down, at most once an hour, that a token is in use; never wait for another request that does."""
    at = now()
    if token.last_used_at is not None and at - token.last_used_at < NOTE_USE_EVERY:
        return
    free = ApiToken.objects.select_for_update(skip_locked=True).filter(pk=token.token_id).values("pk")
    ApiToken.objects.filter(pk__in=free).update(last_used_at=at)


def _session_claim(request: HttpRequest) -> Claim:
    organization_id = parse_id(request.session.get(ORGANIZATION_KEY))
    account_id = parse_id(request.session.get(ACCOUNT_KEY))
    if organization_id is None or account_id is None:
        raise Unauthenticated("not_signed_in", _("Send an API token in the Authorization header, or sign in."))
    if request.method not in SAFE_METHODS:
        _require_own_page(request)
    seen = request.session.get(SEEN_AS)
    return Claim(organization_id, f"account:{account_id}", lambda: _session_actor(account_id, seen))


def _session_actor(account_id: uuid.UUID, seen: Any) -> Actor:
    user = (
        User.objects.select_related("organization")
        .filter(account_id=account_id, is_active=True, account__is_active=True)
        .first()
    )
    if user is None:
        raise Unauthenticated("not_signed_in", _("This account is not active in this organization. Sign in again."))
    actor = actor_for(user, channel=Channel.API)
    return seen_as(actor, seen) or actor


class _OwnPageCheck(CsrfViewMiddleware):
    """Django's check of requests from browsers, which answers with the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _require_own_page(request: HttpRequest) -> None:
    check = _OwnPageCheck(_never_called)
    check.process_request(request)
    if check.process_view(request, _never_called, (), {}):
        raise NotAllowed("csrf_failed", _("Send the header X-CSRFToken with requests that change something."))


def _never_called(request: HttpRequest) -> HttpResponseBase:
    """Stand in for the view: the check asks only whether a view is exempt."""
    raise NotImplementedError


def _invalid_token() -> Unauthenticated:
    return Unauthenticated("invalid_token", _("This API token is not valid, has expired or was revoked."))
