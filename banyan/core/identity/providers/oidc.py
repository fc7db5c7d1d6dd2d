"""OpenID Connect: authorization code with PKCE and nonce; addresses and keys come from discovery."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import jwt
from django.utils.translation import gettext as _

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.reaching import fetch_json
from banyan.core.identity.providers.secrets import secret_of
from banyan.core.identity.providers.vouching import ProviderFailed, Vouched, texts_of

#: Never HMAC or "none": then whoever knows the client's secret, or nothing at all, could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60
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
    provider: IdentityProvider, *, state: str, nonce: str, verifier: str, redirect_uri: str
) -> str:
    """Return where the browser is sent to sign in."""
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
        raise _untrusted()
    claims = check_id_token(provider, answer["id_token"], nonce=nonce, known=known)
    email_claim = provider.settings.get("email_claim") or "email"
    if not claims.get(email_claim) and known.get("userinfo_endpoint") and answer.get("access_token"):
        more = fetch_json(known["userinfo_endpoint"], token=str(answer["access_token"]))
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise _untrusted()
        claims = {**more, **claims}
    return _vouched(provider, claims, email_claim)


def check_id_token(provider: IdentityProvider, token: str, *, nonce: str, known: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an ID token after all checks of the standard; raise ``ProviderFailed``."""
    client_id = provider.settings["client_id"]
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(
            token,
            _key(known["jwks_uri"], header.get("kid")),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=provider.settings["issuer"],
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )
    except jwt.PyJWTError:
        raise _untrusted() from None
    audiences = texts_of(claims["aud"])
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise _untrusted()
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise _untrusted()
    return dict(claims)


def _key(address: str, key_id: str | None) -> Any:
    """Return the provider's signing key; a key that is not known yet is looked up once more."""
    for fresh in (False, True):
        keys = jwt.PyJWKSet.from_dict(_remembered(address, fresh=fresh)).keys
        usable = [key for key in keys if key.public_key_use in {None, "sig"}]
        for key in usable:
            if key.key_id == key_id or (key_id is None and len(usable) == 1):
                return key
    raise jwt.InvalidKeyError


def _vouched(provider: IdentityProvider, claims: dict[str, Any], email_claim: str) -> Vouched:
    # Providers that let people type any address say whether they have checked it.
    if claims.get("email_verified") is False:
        message = _("The provider has not checked your e-mail address, so it cannot vouch for you.")
        raise ProviderFailed("email_not_verified", message)
    return Vouched(
        subject=str(claims["sub"])[:255],
        email=str(claims.get(email_claim) or ""),
        name=str(claims.get(provider.settings.get("name_claim") or "name") or ""),
        groups=texts_of(claims.get(provider.settings.get("groups_claim") or "groups")),
    )


def _remembered(address: str, *, fresh: bool = False) -> Any:
    known = _documents.get(address)
    if known is None or fresh or known[0] < time.monotonic():
        document = fetch_json(address)
        if not isinstance(document, dict):
            raise _untrusted()
        known = _documents[address] = (time.monotonic() + REMEMBERED_SECONDS, document)
    return known[1]


def _untrusted() -> ProviderFailed:
    return ProviderFailed("provider_untrusted", _("What the provider sent could not be verified. Try again."))
