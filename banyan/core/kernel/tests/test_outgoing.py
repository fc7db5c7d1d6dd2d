"""Outgoing requests reach the public internet and what was allowed, and never what a name turns into later."""

# ruff: noqa: S104 addresses are compared with, not listened on

from __future__ import annotations

import dataclasses
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.outgoing import Request, Unreachable, check_address, fetch, is_allowed

TLS = Path(__file__).parents[4] / "tests/data/tls"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


def resolving(*addresses: str) -> Callable[..., list[Any]]:
    """Return a resolver that gives each name these addresses."""
    return lambda host, port, **_kind: [(2, 1, 6, "", (address, port)) for address in addresses]


@pytest.fixture
def loopback_allowed(settings: Any) -> None:
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, outgoing_networks=LOOPBACK)


class Handler(BaseHTTPRequestHandler):
    """Answers by what the path says, and keeps what came."""

    seen: list[tuple[str, str, dict[str, str], bytes]]

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))  # type: ignore[attr-defined]
        if self.path.startswith("/to?"):
            self.send_response(int(self.path[4:7]))
            self.send_header("Location", self.path[8:])
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (100_000 if self.path == "/large" else 2))

    do_GET = do_POST = answer  # noqa: N815 the library calls these names

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(*, tls: bool = False) -> Iterator[tuple[str, list[Any]]]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []  # type: ignore[attr-defined]
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "collector.pem", TLS / "collector.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{server.server_port}", server.seen  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_address_is_allowed(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_disguise_changes_nothing(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address))

    assert is_allowed(mapped) == is_allowed(translated) == is_allowed(address)


@given(st.ip_addresses(v=4))
def test_allowed_network_adds_exactly_its_addresses(address: ipaddress.IPv4Address) -> None:
    assert is_allowed(address, LOOPBACK) == (is_allowed(address) or address in LOOPBACK[0])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "http://", "//example.com",
        "http://user:secret@example.com/", "http://example.com:0/", "http://example.com:99999/",
        "http://example.com/\r\nX: y", "http://exam ple.com/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_malformed_address_is_refused(url: str) -> None:
    with pytest.raises(Unreachable, match="address_refused"):
        check_address(url, resolver=resolving("1.1.1.1"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_loopback_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(Unreachable):
        check_address(f"http://{host}/")


def test_name_with_one_bad_address_is_refused() -> None:
    with pytest.raises(Unreachable, match="address_refused"):
        check_address("http://mixed.example/", resolver=resolving("1.1.1.1", "10.0.0.1"))


def test_unknown_name_is_told() -> None:
    with pytest.raises(Unreachable, match="address_unknown"):
        check_address("http://unknown.example/", resolver=resolving())


def test_request_goes_to_the_address_that_was_checked(loopback_allowed: None) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, **_kind: Any) -> list[Any]:
        asked.append(host)
        return resolving("127.0.0.1" if len(asked) == 1 else "127.0.0.2")(host, port)

    with serving() as (url, seen):
        answer = fetch(Request(f"{url}/path?q=1", headers={"X-Own": "1"}), resolver=rebinding)

    assert (answer.status, answer.content) == (200, b"xx")
    assert asked == ["localhost"]
    assert [(entry[0], entry[1], entry[2]["X-Own"]) for entry in seen] == [("GET", "/path?q=1", "1")]


def test_redirect_into_the_house_is_refused(settings: Any) -> None:
    only_first = (ipaddress.ip_network("127.0.0.1/32"),)
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, outgoing_networks=only_first)
    with serving() as (url, seen), pytest.raises(Unreachable, match="address_refused"):
        fetch(Request(f"{url}/to?302=http://169.254.169.254/latest/meta-data"),
              resolver=lambda host, port, **_kind: resolving(host if host[0].isdigit() else "127.0.0.1")(host, port))  # fmt: skip
    assert len(seen) == 1


def test_secrets_do_not_follow_a_redirect_to_another_origin(loopback_allowed: None) -> None:
    with serving() as (first, _seen), serving() as (second, seen):
        fetch(
            Request(f"{first}/to?302={second}/x", headers={"Authorization": "secret"}), resolver=resolving("127.0.0.1")
        )

    assert "Authorization" not in seen[0][2]


def test_content_does_not_follow_a_redirect_to_another_origin(loopback_allowed: None) -> None:
    with serving() as (first, _seen), serving() as (second, seen), pytest.raises(Unreachable):
        fetch(Request(f"{first}/to?307={second}/x", method="POST", content=b"secret"), resolver=resolving("127.0.0.1"))

    assert seen == []


@pytest.mark.parametrize(("status", "method"), [(303, "GET"), (307, "POST"), (308, "POST"), (302, "GET")])
def test_redirect_keeps_the_method_where_it_should(loopback_allowed: None, status: int, method: str) -> None:
    with serving() as (url, seen):
        fetch(Request(f"{url}/to?{status}=/x", method="POST", content=b"body"), resolver=resolving("127.0.0.1"))

    assert (seen[1][0], seen[1][3]) == (method, b"body" if method == "POST" else b"")


def test_redirects_without_end_are_refused(loopback_allowed: None) -> None:
    with serving() as (url, seen), pytest.raises(Unreachable, match="too_many_redirects"):
        fetch(Request(f"{url}/to?302=/to?302=/to?302=/to?302=/to?302=/x"), resolver=resolving("127.0.0.1"))
    assert len(seen) == 4


def test_redirect_is_not_followed_where_none_is_wanted(loopback_allowed: None) -> None:
    with serving() as (url, seen), pytest.raises(Unreachable, match="too_many_redirects"):
        fetch(Request(f"{url}/to?302=/x", most_redirects=0), resolver=resolving("127.0.0.1"))
    assert len(seen) == 1


def test_confidential_request_needs_encryption_except_on_this_machine(settings: Any) -> None:
    networks = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8"))
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, outgoing_networks=networks)
    with serving() as (url, _seen):
        request = Request(url, is_confidential=True)
        assert fetch(request, resolver=resolving("127.0.0.1")).status == 200
        for addresses in (["10.1.1.1"], ["127.0.0.1", "10.1.1.1"]):
            with pytest.raises(Unreachable, match="address_not_encrypted"):
                fetch(request, resolver=resolving(*addresses))


def test_answer_that_is_too_large_is_refused(loopback_allowed: None) -> None:
    with serving() as (url, _seen), pytest.raises(Unreachable, match="answer_too_large"):
        fetch(Request(f"{url}/large", most_bytes=1_000), resolver=resolving("127.0.0.1"))


def test_certificate_has_to_be_that_of_the_name(loopback_allowed: None) -> None:
    trusting = ssl.create_default_context(cafile=str(TLS / "collector.pem"))
    with serving(tls=True) as (url, _seen):
        assert fetch(Request(url), resolver=resolving("127.0.0.1"), context=trusting).status == 200
        other = url.replace("localhost", "other.example")
        with pytest.raises(Unreachable, match="no_answer"):
            fetch(Request(other), resolver=resolving("127.0.0.1"), context=trusting)


def test_silent_server_is_given_up(loopback_allowed: None) -> None:
    import socket  # noqa: PLC0415 for a server that never answers

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="no_answer"):
        fetch(Request(f"http://x.example:{silent.getsockname()[1]}/", seconds=0.2), resolver=resolving("127.0.0.1"))
