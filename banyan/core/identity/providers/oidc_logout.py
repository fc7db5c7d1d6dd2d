"""OpenID Connect: ending the session at the provider as well, and ending ours when the provider tells by itself.

RP-initiated logout sends the browser; back-channel logout is a request from server to server, without a browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from banyan.core.ciphers.master import KeyUnavailable
from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.oidc import checked_claims, discover, instant_of, token_purpose, untrusted
from banyan.core.identity.providers.vouching import BegunSession, ProviderFailed
from banyan.core.identity.secret_values import SealBroken, unseal

LOGOUT_TYPES = frozenset({"logout+jwt"})
EVENT = "http://schemas.openid.net/event/backchannel-logout"
#: How old a logout token may be, and how long it is remembered as used.
BELIEVED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Ended:
    """A provider's verified word that sessions are over: the one it names, or all of a person."""

    id: str
    subject: str
    session: str
    believed_until: datetime


def leaving_address(provider: IdentityProvider, session: BegunSession, *, state: str, back: str) -> str:
    """Return where the browser is sent to end the session at the provider as well; nothing when it cannot."""
    if not provider.settings.get("signs_out"):
        return ""
    try:
        endpoint = discover(provider.settings["issuer"]).get("end_session_endpoint")
    except ProviderFailed:
        # Signing out here must not fail because the provider cannot be reached.
        return ""
    if not isinstance(endpoint, str) or not endpoint.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        return ""
    query = {"client_id": provider.settings["client_id"], "post_logout_redirect_uri": back, "state": state}
    if token := _token(provider, session):
        query["id_token_hint"] = token
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def ended_by(provider: IdentityProvider, token: str, at: datetime) -> Ended:
    """Return which sessions a logout token ends, after all checks of the standard; raise ``ProviderFailed``."""
    known = discover(provider.settings["issuer"])
    claims = checked_claims(
        provider, token, known=known, types=LOGOUT_TYPES, needed=("exp", "iat", "aud", "iss", "jti", "events")
    )
    events, issued = claims["events"], instant_of(claims["iat"])
    subject, session, name = claims.get("sub", ""), claims.get("sid", ""), claims["jti"]
    # What has a nonce is an ID token: nobody is signed out by what signs somebody in.
    if "nonce" in claims or not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise untrusted()
    if not all(isinstance(value, str) for value in (subject, session, name)) or not name or not (subject or session):
        raise untrusted()
    if issued is None or not at - BELIEVED_FOR < issued < at + BELIEVED_FOR:
        raise untrusted()
    return Ended(name, subject[:255], session[:255], issued + 2 * BELIEVED_FOR)


def _token(provider: IdentityProvider, session: BegunSession) -> str:
    if not session.sealed_token:
        return ""
    purpose = token_purpose(provider, session.name)
    try:
        return unseal(session.sealed_token, purpose=purpose, organization_id=provider.organization_id)
    except (SealBroken, KeyUnavailable):
        return ""
