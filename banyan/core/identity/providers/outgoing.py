"""Requests to addresses of providers, which administrators type: no redirects, little time, little to read."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from banyan.core.identity.providers.vouching import ProviderFailed

TIMEOUT_SECONDS = 10
MOST_BYTES = 1_000_000


def fetch_json(
    address: str, *, token: str = "", form: dict[str, str] | None = None, login: tuple[str, str] | None = None
) -> Any:
    """Return the JSON document behind an address; POST the form when there is one.

    Args:
        address: An https address; http is allowed on this machine only.
        token: A bearer token to send.
        form: Values of a form to post.
        login: Client id and secret for basic authentication.

    Raises:
        ProviderFailed: The address is not allowed, does not answer, or answers no JSON.
    """
    import httpx  # noqa: PLC0415 loads a library that most requests never need

    require_allowed(address)
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    method = "POST" if form is not None else "GET"
    try:
        with (
            httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream(method, address, headers=headers, data=form, auth=login) as response,
        ):
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _failed(address)
            response.raise_for_status()
            return httpx.Response(200, content=body).json()
    except (httpx.HTTPError, ValueError):
        raise _failed(address) from None


def require_allowed(address: str) -> None:
    """Raise ``ProviderFailed`` for addresses that no provider has: without encryption, or of the machine's cloud.

    Networks of the company are allowed, because that is where directories live.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        found = {ipaddress.ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, parts.port or 443)}
    except (OSError, ValueError):
        raise _failed(address) from None
    is_local = bool(found) and all(entry.is_loopback for entry in found)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise ProviderFailed("provider_not_encrypted", _("The address of the provider has to begin with https://."))
    if any(entry.is_link_local or entry.is_multicast or entry.is_unspecified for entry in found):
        raise _failed(address)


def require_encryption(address: str, *, starts_tls: bool) -> None:
    """Raise ``ProviderFailed`` for an address that would send passwords in clear over a network."""
    parts = urlsplit(address)
    if parts.scheme not in {"ldap", "ldaps"} or not parts.hostname:
        raise ProviderFailed("not_a_directory", _("Write an address such as ldaps://directory.example.com."))
    if parts.scheme == "ldaps" or starts_tls or _is_this_machine(parts.hostname):
        return
    message = _("Use ldaps:// or STARTTLS: without them, passwords would travel in clear.")
    raise ProviderFailed("provider_not_encrypted", message)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failed(address: str) -> ProviderFailed:
    message = _("%(host)s does not answer as a provider of single sign-on does.")
    return ProviderFailed("provider_failed", message % {"host": urlsplit(address).netloc or "?"})
