"""Requests to addresses that a user has typed, so that nobody reaches through us what only this machine may reach.

A name is resolved once, every address it has is checked, and the connection goes to exactly the address that was
checked: a name that answers differently the second time gains nothing. Each redirect is checked like the first address.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.errors import DomainError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: As ``socket.getaddrinfo``: host, port and the kind of socket to a list whose entries end with the address.
Resolver = Callable[..., list[Any]]

PORTS = {"http": 80, "https": 443}
TIMEOUT_SECONDS = 10.0
MOST_BYTES = 5 * 1024 * 1024
MOST_REDIRECTS = 3
PIECE_BYTES = 64 * 1024
#: Ways to write an IPv4 address as one of IPv6: each hides another address that has to be checked, too.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPING_METHOD = frozenset({307, 308})


class Unreachable(DomainError):
    """An outgoing request was refused, or got no answer; ``code`` says which."""

    status = 422


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers with lower-case names, the content, and where it came from."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str


@dataclass(frozen=True)
class Request:
    """What to send; the content is bytes. ``most_bytes`` limits the answer, ``seconds`` everything together.

    ``is_confidential`` insists on https, except on the machine itself; ``most_redirects`` of 0 takes only what the
    address itself answers.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    seconds: float = TIMEOUT_SECONDS
    most_bytes: int = MOST_BYTES
    most_redirects: int = MOST_REDIRECTS
    is_confidential: bool = False


def fetch(
    request: Request, *, resolver: Resolver = socket.getaddrinfo, context: ssl.SSLContext | None = None
) -> Answer:
    """Send a request and return the answer, whatever its status.

    Args:
        request: The request.
        resolver: What finds the addresses of a name.
        context: How certificates are checked; as the system does when left out.

    Raises:
        Unreachable: ``address_refused`` for an address that must not be reached, ``address_unknown`` for a name without
            address, ``address_not_encrypted``, ``no_answer``, ``too_many_redirects``, ``answer_too_large``.
    """
    until = time.monotonic() + request.seconds
    current = request
    for _redirect in range(request.most_redirects + 1):
        answer = _send(current, until, resolver, context or ssl.create_default_context())
        place = answer.headers.get("location", "")
        if answer.status not in _REDIRECTS or not place:
            return answer
        current = _redirected(current, answer.status, place)
    raise Unreachable("too_many_redirects", _("The address leads from one place to the next without end."))


def check_address(url: str, *, resolver: Resolver = socket.getaddrinfo) -> None:
    """Raise ``Unreachable`` unless an address may be reached: for forms, before it is stored."""
    parts = _parts(url)
    reachable_addresses(str(parts.hostname), _port(parts), resolver=resolver)


def reachable_addresses(host: str, port: int, *, resolver: Resolver = socket.getaddrinfo) -> list[Address]:
    """Return the addresses of a host, each of which may be reached; for protocols other than HTTP, too.

    Whoever connects has to use one of these and not the name, which may answer differently the next time.
    Raises ``Unreachable`` when the name has no address, or one that must not be reached.
    """
    try:
        found = resolver(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    except (OSError, ValueError):
        addresses = []
    if not addresses:
        raise Unreachable("address_unknown", _("There is no such host."))
    allowed: tuple[Network, ...] = settings.CONFIGURATION.outgoing_networks
    if not all(is_allowed(address, allowed) for address in addresses):
        message = _(
            "This address is not public. Whoever runs the server can allow its network: BANYAN_OUTGOING_NETWORKS."
        )
        raise Unreachable("address_refused", message)
    return addresses


def is_allowed(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Say whether an address may be reached: one of the public internet, or within a network that was allowed."""
    if any(address.version == network.version and address in network for network in allowed):
        return True
    hidden = _hidden(address)
    if hidden is not None:
        return is_allowed(hidden, allowed)
    return address.is_global and not address.is_multicast


def _hidden(address: Address) -> Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused() from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0 or parts.username is not None:
        raise _refused()
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise _refused()
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _send(request: Request, until: float, resolver: Resolver, context: ssl.SSLContext) -> Answer:
    parts = _parts(request.url)
    addresses = reachable_addresses(str(parts.hostname), _port(parts), resolver=resolver)
    if request.is_confidential and parts.scheme != "https" and not all(entry.is_loopback for entry in addresses):
        raise Unreachable("address_not_encrypted", _("The address has to begin with https://."))
    address = addresses[0]
    connection = _connection(parts, address, _remaining(until), context)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(request.method, target, body=request.content, headers=dict(request.headers))
        response = connection.getresponse()
        content = _content(response, connection, until, request.most_bytes)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, content, request.url)
    except (OSError, http.client.HTTPException, ValueError):
        raise Unreachable("no_answer", _("The address does not answer.")) from None
    finally:
        connection.close()


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to an address that was checked, whatever the host's name says by now."""

    def __init__(self, parts: SplitResult, address: Address, seconds: float, context: ssl.SSLContext) -> None:
        super().__init__(str(parts.hostname), _port(parts), timeout=seconds)
        self._address = str(address)
        self._context = context if parts.scheme == "https" else None
        self.default_port = PORTS[parts.scheme]

    def connect(self) -> None:
        """Connect; the certificate has to be that of the name."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain


def _connection(
    parts: SplitResult, address: Address, seconds: float, context: ssl.SSLContext
) -> http.client.HTTPConnection:
    return _PinnedConnection(parts, address, seconds, context)


def _content(
    response: http.client.HTTPResponse, connection: http.client.HTTPConnection, until: float, most_bytes: int
) -> bytes:
    """Read the content; a sender that drips it slowly has no more time than anybody else."""
    content = bytearray()
    while True:
        if connection.sock is not None:
            connection.sock.settimeout(_remaining(until))
        piece = response.read1(PIECE_BYTES)
        if not piece:
            return bytes(content)
        content += piece
        if len(content) > most_bytes:
            raise Unreachable("answer_too_large", _("The answer is too large."))


def _remaining(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise Unreachable("no_answer", _("The address does not answer."))
    return seconds


def _redirected(request: Request, status: int, place: str) -> Request:
    """Return the request that a redirect asks for; secrets stay with the origin they were meant for."""
    url = urljoin(request.url, place)
    before, after = urlsplit(request.url), urlsplit(url)
    if before.scheme == "https" and after.scheme != "https":
        raise _refused()
    keeps = status in _KEEPING_METHOD or request.method in {"GET", "HEAD"}
    is_same = (before.scheme, before.netloc) == (after.scheme, after.netloc)
    if not is_same and request.content is not None and keeps:
        # What is sent may be a secret as well; whoever moves their receiver tells us its new address.
        raise _refused()
    headers = request.headers if is_same else {}
    return replace(
        request,
        url=url,
        method=request.method if keeps else "GET",
        headers=headers if keeps else {},
        content=request.content if keeps else None,
    )


def _refused() -> Unreachable:
    return Unreachable("address_refused", _("This address must not be reached from here."))
