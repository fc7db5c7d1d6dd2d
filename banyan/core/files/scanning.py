"""Asking a scanner for malware: clamd, by its INSTREAM command over TCP or a socket of this machine.

Without a scanner in the configuration nothing is asked. With one, a content is handed out only when it was found clean;
what happens while the scanner cannot be asked is the installation's choice, and by default it is to wait.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError, Refused

logger = logging.getLogger(__name__)
CONNECT_SECONDS = 5
#: How long the scanner may think about a large archive.
ANSWER_SECONDS = 120
STANDARD_PORT = 3310
PIECE_BYTES = 256 * 1024
LONGEST_ANSWER = 4096
CLOSED = "closed"


class Infected(Refused):
    """A content holds what the scanner knows as malware; ``details`` name it."""


class NotScanned(DomainError):
    """The scanner cannot be asked, and nothing goes around it here."""

    status = 503


class ScannerSilent(Exception):
    """The scanner does not answer, or answers that it cannot scan."""


def is_set_up() -> bool:
    """Say whether the installation has a scanner."""
    return bool(settings.CONFIGURATION.scanner_url)


def scan(name: str, pieces: Callable[[], Iterable[bytes]]) -> bool:
    """Say whether a content was found clean: not so without a scanner, or when it fails and that lets contents pass.

    Args:
        name: What the file is called, for messages.
        pieces: Gives the content; it is not asked without a scanner.

    Raises:
        Infected: The content holds malware.
        NotScanned: The scanner cannot be asked, and contents wait for it.
    """
    if not is_set_up():
        return False
    try:
        threat = threat_in(pieces())
    except ScannerSilent as problem:
        logger.warning("The scanner could not be asked: %s", problem)
        if settings.CONFIGURATION.scanner_failure != CLOSED:
            return False
        message = _(
            "“%(name)s” cannot be checked for malware right now, so it is neither stored nor handed out. Try again in a "
            "few minutes; if it stays so, tell whoever runs the installation."
        )
        raise NotScanned("scanner_silent", message % {"name": name}) from None
    if threat:
        raise infected(name, threat)
    return True


def infected(name: str, threat: str) -> Infected:
    """Return what is raised for a file in which malware was found."""
    message = _("“%(name)s” holds malware (%(threat)s), so it is neither stored nor handed out.")
    return Infected("malware_found", message % {"name": name, "threat": threat}, file=name, threat=threat)


def threat_in(pieces: Iterable[bytes]) -> str:
    """Return what the scanner calls the malware in a content, or nothing; raise ``ScannerSilent``."""
    with _connected() as line:
        line.sendall(b"zINSTREAM\0")
        try:
            for piece in _small(pieces):
                line.sendall(len(piece).to_bytes(4, "big") + piece)
            line.sendall(bytes(4))
        except OSError:
            # It hangs up on what is too large, and says so before.
            logger.info("The scanner did not take the whole content.")
        answer = _answer(line)
    result = answer.removeprefix("stream: ")
    if result == "OK":
        return ""
    if result.endswith(" FOUND"):
        return result.removesuffix(" FOUND")[:200]
    raise ScannerSilent(result or "no answer")


def scanner_version() -> str:
    """Return what the scanner says about itself; raise ``ScannerSilent``."""
    with _connected() as line:
        line.sendall(b"zVERSION\0")
        return _answer(line)


def harmless_test() -> bytes:
    """Return the text that every scanner reports, by agreement of their makers (EICAR); it does nothing."""
    # In two parts, lest a scanner takes this file for one.
    return rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


@contextmanager
def _connected() -> Iterator[socket.socket]:
    parts = urlsplit(settings.CONFIGURATION.scanner_url)
    try:
        with _opened(parts) as line:
            line.settimeout(ANSWER_SECONDS)
            yield line
    except OSError as problem:
        raise ScannerSilent(str(problem) or type(problem).__name__) from None


def _opened(parts: SplitResult) -> socket.socket:
    if parts.scheme != "unix":
        return socket.create_connection((parts.hostname or "", parts.port or STANDARD_PORT), CONNECT_SECONDS)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(CONNECT_SECONDS)
    try:
        line.connect(parts.path)
    except OSError:
        line.close()
        raise
    return line


def _small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), PIECE_BYTES):
            yield piece[start : start + PIECE_BYTES]


def _answer(line: socket.socket) -> str:
    received = bytearray()
    while not received.endswith(b"\0") and len(received) < LONGEST_ANSWER:
        part = line.recv(LONGEST_ANSWER)
        if not part:
            break
        received += part
    return received.rstrip(b"\0\n").decode("utf-8", errors="replace")
