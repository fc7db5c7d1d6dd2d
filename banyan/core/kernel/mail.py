"""How e-mail leaves the installation, read from one address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

BACKENDS = "django.core.mail.backends"
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Django's settings for sending e-mail; ``reaches_people`` is False when it is only printed or written to files."""

    backend: str
    reaches_people: bool = False
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starts_tls: bool = False
    uses_tls: bool = False
    folder: str | None = None


def mail_server(address: str) -> MailServer:
    """Return the mail server of an address such as ``smtp+tls://user:password@host:587``.

    ``smtps:`` encrypts from the first byte, ``smtp+tls:`` after greeting, ``smtp:`` not at all;
    ``file:FOLDER`` writes messages to files and ``console:`` prints them.
    """
    scheme, _colon, rest = address.partition(":")
    if scheme == "file":
        return MailServer(f"{BACKENDS}.filebased.EmailBackend", folder=rest.removeprefix("//"))
    if scheme not in PORTS:
        return MailServer(f"{BACKENDS}.console.EmailBackend")
    parts = urlsplit(address)
    return MailServer(
        f"{BACKENDS}.smtp.EmailBackend",
        reaches_people=True,
        host=parts.hostname or "localhost",
        port=parts.port or PORTS[scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starts_tls=scheme == "smtp+tls",
        uses_tls=scheme == "smtps",
    )


def sender_address(server: MailServer, *, host: str) -> str:
    """Return the address that messages come from: the mail account's own, or one of the installation's host."""
    own = server.user if "@" in server.user else f"no-reply@{host or 'localhost'}"
    return f"Banyan CRM <{own}>"
