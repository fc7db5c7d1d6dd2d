"""Who is at the other end of a request: network address and program."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

FORWARDING_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


def client_address(request: HttpRequest) -> str:
    """Return the network address a request comes from, or an empty string.

    Behind a proxy (HTTPS is then in use) it is what the nearest proxy saw: the last entry of
    ``X-Forwarded-For``; earlier entries are the client's own words.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return _address(forwarded.rpartition(",")[2]) or _address(request.META.get("REMOTE_ADDR", ""))


def is_at_this_machine(request: HttpRequest) -> bool:
    """Say whether a request surely comes from the machine itself: loopback on both ends and no proxy between."""
    if any(header in request.headers for header in FORWARDING_HEADERS):
        return False
    return is_loopback(settings.CONFIGURATION.host) and is_loopback(request.META.get("REMOTE_ADDR", ""))


def is_loopback(text: str) -> bool:
    """Say whether an address is that of the machine itself."""
    address = _address(text)
    return text == "localhost" or (bool(address) and ipaddress.ip_address(address).is_loopback)


def user_agent(request: HttpRequest) -> str:
    """Return the name that the browser gives itself, shortened."""
    return request.headers.get("User-Agent", "")[:300]


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip().strip("[]")))
    except ValueError:
        return ""
