"""Sending the log to a collector as syslog messages (RFC 5424), so that a copy is where no administrator of ours is.

What is sealed is sent, in order, and the end of each segment with its hash. A collector that does not answer gets
everything later: what was sent is noted only afterwards, so a message may come twice and none is left out.
"""

from __future__ import annotations

import json
import socket
import ssl
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from banyan.core.audit.models import Entry, Head, Result, Segment
from banyan.core.records.models import Change

#: Facility 13 is "log audit"; severities are 6 (informational) and 4 (warning).
_FACILITY = 13
_INFORMATIONAL, _WARNING = 6, 4
TIMEOUT_SECONDS = 10
SEGMENTS_AT_ONCE = 20
#: A datagram that networks carry whole; what is longer is cut by the sender, not by the way.
MOST_BYTES = {"udp": 2_048, "tcp": 65_536, "tls": 65_536}
PORTS = {"udp": 514, "tcp": 514, "tls": 6_514}


def ship(organization_id: uuid.UUID, address: str | None = None) -> int:
    """Send sealed segments of the current organization that were not sent yet; return how many messages went.

    Does nothing without a collector. Raises ``OSError`` when the collector cannot be reached.
    """
    target = settings.CONFIGURATION.syslog_url if address is None else address
    if not target:
        return 0
    head = Head.objects.select_for_update().filter(organization_id=organization_id).first()
    if head is None or head.shipped >= head.number:
        return 0
    sent = 0
    segments = Segment.objects.filter(organization_id=organization_id, number__gt=head.shipped).order_by("number")
    with _connected(target) as connection:
        for segment in segments[:SEGMENTS_AT_ONCE]:
            for message in messages_of(segment):
                connection.send(message)
                sent += 1
            head.shipped = segment.number
    head.save(update_fields=["shipped"])
    return sent


def messages_of(segment: Segment) -> Iterator[str]:
    """Yield the messages of a segment: its entries, its changes, and its seal."""
    bounds = {"organization_id": segment.organization_id, "pk__gte": segment.after, "pk__lt": segment.before}
    for entry in Entry.objects.filter(**bounds).order_by("pk"):
        severity = _INFORMATIONAL if entry.result == Result.DONE else _WARNING
        content = {
            "user": entry.user_id, "person": entry.person, "channel": entry.channel, "address": entry.address,
            "object": entry.object_name, "record": entry.record_id, "result": entry.result, "details": entry.details,
        }  # fmt: skip
        yield _message(severity, entry.at, entry.kind, {"id": entry.pk, **_filled(content.items())})
    for change in Change.objects.filter(**bounds).order_by("pk"):
        content = {
            "user": change.actor_id, "channel": change.channel, "object": change.object_name,
            "record": change.record_id, "fields": sorted(change.values),
        }  # fmt: skip
        yield _message(
            _INFORMATIONAL, change.at, f"change.{change.action}", {"id": change.pk, **_filled(content.items())}
        )
    seal = {"organization": segment.organization_id, "segment": segment.number, segment.suite: segment.hash}
    yield _message(_INFORMATIONAL, segment.at, "audit.sealed", seal)


def _filled(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, value in pairs if value not in (None, "", [], {})}


def _message(severity: int, at: datetime, kind: str, content: dict[str, object]) -> str:
    host = urlsplit(settings.CONFIGURATION.base_url).hostname or "-"
    time = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    # The kind is the message's id: printable ASCII of at most 32 characters, as the standard has it.
    name = kind.encode("ascii", "replace").decode()[:32]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    return f"<{_FACILITY * 8 + severity}>1 {time} {host} banyan - {name} - \ufeff{text}"


class _Connection:
    def __init__(self, scheme: str, sender: socket.socket) -> None:
        self._scheme = scheme
        self._socket = sender

    def send(self, message: str) -> None:
        """Send a message: a datagram of its own, or counted octets in a stream (RFC 6587)."""
        content = message.encode()[: MOST_BYTES[self._scheme]]
        if self._scheme == "udp":
            self._socket.send(content)
        else:
            self._socket.sendall(b"%d %s" % (len(content), content))


@contextmanager
def _connected(address: str) -> Iterator[_Connection]:
    parts = urlsplit(address)
    scheme = parts.scheme
    place = (parts.hostname or "", parts.port or PORTS[scheme])
    if scheme == "udp":
        family, kind, protocol, _name, target = socket.getaddrinfo(*place, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as sender:
            sender.settimeout(TIMEOUT_SECONDS)
            sender.connect(target)
            yield _Connection(scheme, sender)
        return
    with socket.create_connection(place, timeout=TIMEOUT_SECONDS) as plain:
        if scheme == "tcp":
            yield _Connection(scheme, plain)
            return
        authority = parse_qs(parts.query).get("ca", [None])[0]
        context = ssl.create_default_context(cafile=authority)
        with context.wrap_socket(plain, server_hostname=place[0]) as secured:
            yield _Connection(scheme, secured)
            # Hanging up while what the collector said lies unread would take back what it has not read yet.
            with suppress(OSError):
                secured.unwrap()
