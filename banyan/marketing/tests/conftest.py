"""People who agreed to advertising, a campaign for them, and a real mail server."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.utils import translation

from banyan.core.access.actor import Actor
from banyan.core.kernel.mail import mail_server
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.marketing.models import Campaign, CampaignMember
from banyan.marketing.services.members import add_records
from banyan.marketing.services.settings import save_setting
from banyan.privacy.public import MARKETING, Purpose


def make(actor: Actor, kind: str, /, **values: Any) -> Any:
    return door.create(actor, spec_for(actor.organization, kind), values)


def person(actor: Actor, name: str, *, agrees: bool = True, **values: Any) -> Any:
    found = make(actor, "contact", **{"name": name, "email": f"{name.lower().replace(' ', '.')}@a.example", **values})
    if agrees:
        purpose = Purpose.objects.get(code=MARKETING)
        make(actor, "consent", contact=str(found.pk), purpose=str(purpose.pk), channel="email")
    return found


def campaign_of(actor: Actor, *people: Any, **values: Any) -> Campaign:
    made = make(actor, "campaign", **{"name": "Spring fair", "kind": "mail", **values})
    add_records(actor, made.pk, "contact", [one.pk for one in people])
    return Campaign.objects.get(pk=made.pk)


def member_of(campaign: Campaign, record: Any, name: str = "contact") -> CampaignMember:
    return CampaignMember.objects.get(campaign=campaign, **{f"{name}_id": record.pk})


class Mailbox:
    """What a mail server took; it refuses the addresses of ``refused``, and hangs up at those of ``broken``."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Message]] = []
        self.refused: set[str] = set()
        self.broken: set[str] = set()

    @property
    def to(self) -> list[str]:
        return [address for address, _message in self.messages]

    async def handle_RCPT(  # noqa: N802 the library's own name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 as above
        self.messages.append((envelope.rcpt_tos[0], email.message_from_bytes(envelope.content)))
        if envelope.rcpt_tos[0] in self.broken:
            # The mail is taken, and nobody is told: the honest answer is that nobody knows.
            server.transport.close()
        return "250 OK"


@pytest.fixture
def mailbox(settings: Any, admin: Actor) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.MAIL_SERVER = mail_server(f"smtp://127.0.0.1:{port}")
    save_setting(admin, quiet_from="", quiet_until="")
    yield box
    controller.stop()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are compared in English."""
    with translation.override("en"):
        yield
