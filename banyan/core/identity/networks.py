"""Networks in CIDR form from which people may work."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

MOST_NETWORKS = 50
_SEPARATORS = re.compile(r"[\s,;，；、]+")


def read_networks(text: str) -> list[str]:
    """Return the networks of a text, one per line or comma, in normal form; raise ``ValueError`` with the bad one.

    A single address is the network of that address alone; ``10.1.2.3/16`` is read as ``10.1.0.0/16``.
    """
    networks = []
    for part in _SEPARATORS.split(text.strip()):
        if not part:
            continue
        try:
            networks.append(str(ipaddress.ip_network(part, strict=False)))
        except ValueError:
            raise ValueError(part) from None
    return list(dict.fromkeys(networks))[:MOST_NETWORKS]


def allowed_networks(of_roles: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return the networks from which somebody with these roles may work; everywhere when empty.

    A role without networks does not widen what another one narrows; of several that narrow, each suffices.
    """
    return tuple(dict.fromkeys(network for networks in of_roles for network in networks))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Say whether an address belongs to one of the networks; an unknown address belongs to none.

    IPv4 addresses that come in IPv6 form (``::ffff:10.0.0.1``) count as IPv4.
    """
    try:
        found: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ipaddress.ip_network(network) for network in networks)
