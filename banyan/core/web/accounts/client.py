"""Whether a request comes from the machine that serves the product."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

from banyan.core.identity.visitors import clean_address

FORWARDING_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


def is_at_this_machine(request: HttpRequest) -> bool:
    """Say whether a request surely comes from the machine itself: loopback on both ends and no proxy between."""
    if any(header in request.headers for header in FORWARDING_HEADERS):
        return False
    return is_loopback(settings.CONFIGURATION.host) and is_loopback(request.META.get("REMOTE_ADDR", ""))


def is_loopback(text: str) -> bool:
    """Say whether an address is that of the machine itself."""
    address = clean_address(text)
    return text == "localhost" or (bool(address) and ipaddress.ip_address(address).is_loopback)
