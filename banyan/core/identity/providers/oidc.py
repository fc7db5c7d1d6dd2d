"""OpenID Connect: authorization code with PKCE and nonce; addresses and keys come from discovery."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import jwt
from django.utils.translation import gettext as _

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.reaching import fetch_json
from banyan.core.identity.providers.secrets import secret_of
from banyan.core.identity.providers.strength import longest_of, words_of
from banyan.core.identity.providers.vouching import BegunSession, ProviderFailed, Vouched, texts_of
from banyan.core.identity.secret_values import seal

#: Never HMAC or "none": then whoever knows the client's secret, or nothing at all, could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60
#: The type that an ID token may state; another one, such as that of an access token or logout token, is refused.
ID_TOKEN_TYPES = frozenset({"", "jwt"})
REMEMBERED_SECONDS = 600
_documents: dict[str, tuple[float, Any]] = {}


def discover(issuer: str) -> dict[str, Any]:
    """Return what a provider publishes about itself; raise ``ProviderFailed`` when it speaks for another issuer."""
    document = _remembered(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if (
        not isinstance(document, dict)
        or document.get("issuer") != issuer
        or not all(document.get(key) for key in needed)
    ):
        message = _("The provider's own description names another issuer or is not complete. Copy the issuer exactly.")
        raise ProviderFailed("provider_misconfigured", message)
    return document


def authorization_address(
    provider: IdentityProvider, *, state: str, nonce: str, verifier: str, redirect_uri: str, is_fresh: bool = False
) -> str:
    """Return where the browser is sent to sign in, or to prove itself anew however recently it did."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.settings["client_id"],
        "redirect_uri": redirect_uri,
        "scope": provider.settings.get("scopes") or "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if levels := words_of(provider.settings.get("required_levels")):
        query["acr_values"] = " ".join(levels)
    if longest := longest_of(provider):
        query["max_age"] = str(int(longest.total_seconds()))
    if is_fresh:
        query.update(prompt="login", max_age="0")
    endpoint = discover(provider.settings["issuer"])["authorization_endpoint"]
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def redeem(provider: IdentityProvider, *, code: str, nonce: str, verifier: str, redirect_uri: str) -> Vouched:
    """Exchange the code that the browser brought for who the person is; raise ``ProviderFailed``."""
    known = discover(provider.settings["issuer"])
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": provider.settings["client_id"],
        "code_verifier": verifier,
    }
    secret = secret_of(provider)
    basic = "client_secret_basic" in known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    login = (provider.settings["client_id"], secret) if secret and basic else None
    if secret and not basic:
        form["client_secret"] = secret
    answer = fetch_json(known["token_endpoint"], form=form, login=login)
    if not isinstance(answer, dict) or not isinstance(answer.get("id_token"), str):
        raise untrusted()
    claims = check_id_token(provider, answer["id_token"], nonce=nonce, known=known)
    email_claim = provider.settings.get("email_claim") or "email"
    if not claims.get(email_claim) and known.get("userinfo_endpoint") and answer.get("access_token"):
        more = fetch_json(known["userinfo_endpoint"], token=str(answer["access_token"]))
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise untrusted()
        claims = {**more, **claims}
    return _vouched(provider, claims, email_claim, _begun(provider, claims, answer["id_token"]))


def check_id_token(provider: IdentityProvider, token: str, *, nonce: str, known: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an ID token after all checks of the standard; raise ``ProviderFailed``."""
    client_id = provider.settings["client_id"]
    claims = checked_claims(
        provider, token, known=known, types=ID_TOKEN_TYPES, needed=("exp", "iat", "aud", "iss", "sub")
    )
    audiences = texts_of(claims["aud"])
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise untrusted()
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise untrusted()
    return claims


def checked_claims(
    provider: IdentityProvider, token: str, *, known: dict[str, Any], types: frozenset[str], needed: tuple[str, ...]
) -> dict[str, Any]:
    """Return the claims of a token of a provider that is of one of these types, signed and in time.

    Raises ``ProviderFailed``. The type keeps a token for one purpose from being taken for another.
    """
    try:
        header = jwt.get_unverified_header(token)
        if str(header.get("typ") or "").lower() not in types:
            raise untrusted()
        return dict(
            jwt.decode(
                token,
                _key(known["jwks_uri"], header.get("kid")),
                algorithms=list(ALGORITHMS),
                audience=provider.settings["client_id"],
                issuer=provider.settings["issuer"],
                leeway=LEEWAY_SECONDS,
                options={"require": list(needed)},
            )
        )
    except jwt.PyJWTError:
        raise untrusted() from None


def _key(address: str, key_id: str | None) -> Any:
    """Return the provider's signing key; a key that is not known yet is looked up once more."""
    for fresh in (False, True):
        keys = jwt.PyJWKSet.from_dict(_remembered(address, fresh=fresh)).keys
        usable = [key for key in keys if key.public_key_use in {None, "sig"}]
        for key in usable:
            if key.key_id == key_id or (key_id is None and len(usable) == 1):
                return key
    raise jwt.InvalidKeyError


def _begun(provider: IdentityProvider, claims: dict[str, Any], token: str) -> BegunSession:
    """Return how the provider calls the session; its ID token is kept, sealed, only where it ends the session there."""
    subject = str(claims["sub"])[:255]
    index = claims.get("sid")
    sealed = ""
    if provider.settings.get("signs_out"):
        sealed = seal(token, purpose=token_purpose(provider, subject), organization_id=provider.organization_id)
    return BegunSession(name=subject, index=index[:255] if isinstance(index, str) else "", sealed_token=sealed)


def token_purpose(provider: IdentityProvider, subject: str) -> str:
    """Return what a sealed ID token is bound to."""
    return f"id token of {provider.pk} {subject}"


def _vouched(provider: IdentityProvider, claims: dict[str, Any], email_claim: str, began: BegunSession) -> Vouched:
    # Providers that let people type any address say whether they have checked it.
    if claims.get("email_verified") is False:
        message = _("The provider has not checked your e-mail address, so it cannot vouch for you.")
        raise ProviderFailed("email_not_verified", message)
    return Vouched(
        subject=str(claims["sub"])[:255],
        email=str(claims.get(email_claim) or ""),
        name=str(claims.get(provider.settings.get("name_claim") or "name") or ""),
        groups=texts_of(claims.get(provider.settings.get("groups_claim") or "groups")),
        began=began,
        levels=(*texts_of(claims.get("acr")), *texts_of(claims.get("amr"))),
        proven_at=instant_of(claims.get("auth_time")),
    )


def instant_of(value: object) -> datetime | None:
    """Return a claim that is a time; nothing of what is none."""
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) and value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _remembered(address: str, *, fresh: bool = False) -> Any:
    known = _documents.get(address)
    if known is None or fresh or known[0] < time.monotonic():
        document = fetch_json(address)
        if not isinstance(document, dict):
            raise untrusted()
        known = _documents[address] = (time.monotonic() + REMEMBERED_SECONDS, document)
    return known[1]


def untrusted() -> ProviderFailed:
    """Return the one refusal of whatever cannot be verified."""
    return ProviderFailed("provider_untrusted", _("What the provider sent could not be verified. Try again."))
