"""How providers are reached: through the guard of all outgoing requests, encrypted, with little time and little to read."""

from __future__ import annotations

import base64
import ipaddress
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.utils.translation import gettext as _

from banyan.core.identity.providers.vouching import ProviderFailed
from banyan.core.kernel.outgoing import Address, Request, Unreachable, fetch, reachable_addresses

TIMEOUT_SECONDS = 10.0
MOST_BYTES = 1_000_000
DIRECTORY_PORTS = {"ldap": 389, "ldaps": 636}
#: What whoever sets up the provider can mend, and is therefore told as it is.
_MENDABLE = frozenset({"address_refused", "address_not_encrypted"})


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
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if login:
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
    content = None
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode(form).encode()
    request = Request(
        address,
        method="GET" if content is None else "POST",
        headers=headers,
        content=content,
        seconds=TIMEOUT_SECONDS,
        most_bytes=MOST_BYTES,
        most_redirects=0,
        is_confidential=True,
    )
    try:
        answer = fetch(request)
        if answer.status == 200:
            return json.loads(answer.content)
    except Unreachable as refusal:
        raise _refused(refusal, address) from None
    except ValueError:
        pass
    raise _failed(address)


def directory_addresses(address: str) -> tuple[Address, ...]:
    """Return the network addresses at which a directory is reached; raise ``ProviderFailed`` when it must not be."""
    try:
        parts = urlsplit(address)
        port = parts.port or DIRECTORY_PORTS[parts.scheme]
        return tuple(reachable_addresses(parts.hostname or "", port))
    except Unreachable as refusal:
        raise _refused(refusal, address) from None
    except (KeyError, ValueError):
        raise _no_directory() from None


def require_encryption(address: str, *, starts_tls: bool) -> None:
    """Raise ``ProviderFailed`` for an address that would send passwords in clear over a network."""
    parts = urlsplit(address)
    if parts.scheme not in DIRECTORY_PORTS or not parts.hostname:
        raise _no_directory()
    if parts.scheme == "ldaps" or starts_tls or _is_this_machine(parts.hostname):
        return
    message = _("Use ldaps:// or STARTTLS: without them, passwords would travel in clear.")
    raise ProviderFailed("provider_not_encrypted", message)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(refusal: Unreachable, address: str) -> ProviderFailed:
    return ProviderFailed(refusal.code, refusal.message) if refusal.code in _MENDABLE else _failed(address)


def _no_directory() -> ProviderFailed:
    return ProviderFailed("not_a_directory", _("Write an address such as ldaps://directory.example.com."))


def _failed(address: str) -> ProviderFailed:
    message = _("%(host)s does not answer as a provider of single sign-on does.")
    return ProviderFailed("provider_failed", message % {"host": urlsplit(address).netloc or "?"})
