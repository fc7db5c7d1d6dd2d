"""Who is at the other end of a request: network address and program."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class Visitor:
    """Where a request comes from; both are empty for what no request caused."""

    address: str = ""
    user_agent: str = ""


NOBODY = Visitor()


def visitor_of(request: HttpRequest) -> Visitor:
    """Return where a request comes from."""
    return Visitor(client_address(request), user_agent(request))


def client_address(request: HttpRequest) -> str:
    """Return the network address a request comes from, or an empty string.

    Behind a proxy (HTTPS is then in use) it is what the nearest proxy saw: the last entry of
    ``X-Forwarded-For``; earlier entries are the client's own words.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return clean_address(forwarded.rpartition(",")[2]) or clean_address(request.META.get("REMOTE_ADDR", ""))


def user_agent(request: HttpRequest) -> str:
    """Return the name that the browser gives itself, shortened."""
    return request.headers.get("User-Agent", "")[:300]


def clean_address(text: str) -> str:
    """Return a network address in its usual form, or an empty string when the text is none."""
    try:
        return str(ipaddress.ip_address(text.strip().strip("[]")))
    except ValueError:
        return ""
