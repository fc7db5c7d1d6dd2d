"""The collector of logs gets what was sealed, by each protocol, and what it missed when it comes back."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from banyan.core.audit.models import Result
from banyan.core.audit.notes import note
from banyan.core.audit.sealing import seal
from banyan.core.audit.shipping import ship
from banyan.core.kernel.clock import now
from tests.cast import Cast

TLS = Path(__file__).parents[4] / "tests/data/tls"
SYSLOG = re.compile(r"<(?P<priority>\d+)>1 \S+Z \S+ banyan - (?P<kind>\S+) - \ufeff(?P<content>{.*})", re.DOTALL)


@contextmanager
def collector(scheme: str) -> Iterator[tuple[str, list[bytes]]]:
    """A server that keeps what it gets; yields its address."""
    received: list[bytes] = []
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        port = server.getsockname()[1]
        if scheme != "udp":
            server.listen()
        thread = threading.Thread(target=_receive, args=(scheme, server, received))
        thread.start()
        query = f"?ca={TLS / 'collector.pem'}" if scheme == "tls" else ""
        yield f"{scheme}://localhost:{port}{query}".replace("localhost", "127.0.0.1"), received
        if scheme == "udp":
            with socket.socket(socket.AF_INET, kind) as last:
                last.sendto(b"end", ("127.0.0.1", port))
        thread.join()


def _receive(scheme: str, server: socket.socket, received: list[bytes]) -> None:
    if scheme == "udp":
        while (datagram := server.recv(65_536)) != b"end":
            received.append(datagram)
        return
    stream, _address = server.accept()
    if scheme == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "collector.pem", TLS / "collector.key")
        stream = context.wrap_socket(stream, server_side=True)
    with stream, stream.makefile("rb") as file:
        while length := _length(file):
            received.append(file.read(length))


def _length(file) -> int:
    digits = b""
    while (digit := file.read(1)) not in {b" ", b""}:
        digits += digit
    return int(digits or b"0")


@pytest.mark.parametrize("scheme", ["udp", "tcp", "tls"])
def test_sealed_log_is_sent_as_syslog(scope: Cast, scheme: str) -> None:
    note(scope.actor("admin"), "export", object_name="customer", details={"count": 3, "名": "客户"})
    note(scope.actor("viewer"), "access.refused", result=Result.REFUSED)
    (segment,) = seal(scope.organization.pk, horizon=now() + timedelta(seconds=5))

    with collector(scheme) as (address, received):
        sent = ship(scope.organization.pk, address)

    messages = [SYSLOG.fullmatch(message.decode()) for message in received]
    assert len(messages) == sent
    assert all(messages)
    by_kind = {found["kind"]: found for found in messages if found}
    assert json.loads(by_kind["export"]["content"])["details"] == {"count": 3, "名": "客户"}
    assert (by_kind["export"]["priority"], by_kind["access.refused"]["priority"]) == ("110", "108")
    assert json.loads(by_kind["audit.sealed"]["content"])["sha256"] == segment.hash


def test_nothing_is_sent_twice(scope: Cast) -> None:
    note(scope.actor("admin"), "export")
    seal(scope.organization.pk, horizon=now() + timedelta(seconds=5))

    with collector("tcp") as (address, _received):
        first = ship(scope.organization.pk, address)

    assert first > 0
    assert ship(scope.organization.pk, address) == 0


def test_what_a_collector_missed_comes_later(scope: Cast) -> None:
    note(scope.actor("admin"), "export")
    seal(scope.organization.pk, horizon=now() + timedelta(seconds=5))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        ship(scope.organization.pk, f"tcp://127.0.0.1:{port}")

    with collector("tcp") as (address, _received):
        assert ship(scope.organization.pk, address) > 0


def test_collector_with_a_foreign_certificate_gets_nothing(scope: Cast) -> None:
    note(scope.actor("admin"), "export")
    seal(scope.organization.pk, horizon=now() + timedelta(seconds=5))

    with socket.create_server(("127.0.0.1", 0)) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "collector.pem", TLS / "collector.key")

        def refuse() -> None:
            stream, _address = server.accept()
            with stream, pytest.raises(OSError):  # noqa: PT011 the client hangs up in one of several ways
                context.wrap_socket(stream, server_side=True)

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(ssl.SSLCertVerificationError):
            ship(scope.organization.pk, f"tls://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
