"""Mails of a real IMAP server become tickets, find the ticket they answer, and never come twice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from banyan.core.access.actor import system_actor
from banyan.core.files.models import Attachment
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.mail import mail_server as outgoing
from banyan.core.tenancy.models import Organization
from banyan.core.web.tests.pages import HX, page_text, toast
from banyan.customers.models import Contact
from banyan.service.engine.mail_reading import new_words, read_mail
from banyan.service.models import IncomingMail, Mailbox, Ticket, TicketMessage
from banyan.service.services import mailboxes
from banyan.service.services.incoming import confirm
from banyan.service.services.talking import Said, deliver, say, set_state
from tests.cast import Cast, sign_in
from tests.mail_server import ACCOUNT, PASSWORD, MailServer, mail_server

pytestmark = pytest.mark.xdist_group("dovecot")


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    """Run the server once for this file, in a folder that its own account can reach."""
    with tempfile.TemporaryDirectory(prefix="banyan-dovecot-") as folder, mail_server(Path(folder)) as found:
        yield found


@pytest.fixture
def mailbox(scope: Cast, server: MailServer, settings: Any) -> Mailbox:
    """A mailbox that is read; mail goes out, and the test's own machine may be reached."""
    here = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    settings.CONFIGURATION = replace(settings.CONFIGURATION, outgoing_networks=here)
    settings.MAIL_SERVER = outgoing("smtp://mail.example:25")
    for place in ("new", "cur"):
        for path in (server.folder / "mail" / place).iterdir():
            path.unlink()
    return mailboxes.save_mailbox(
        scope.actor("admin"), None, address="help@cast.test", host="localhost", port=server.port, account=ACCOUNT,
        secret=PASSWORD, authority=server.authority, priority="high",
    )  # fmt: skip


def mail(sender: str, subject: str, text: str, number: int, **headers: str) -> str:
    """Return a mail as it travels."""
    lines = {"From": sender, "To": ACCOUNT, "Subject": subject, "Message-ID": f"<m{number}@harbor.test>", **headers}
    lines.setdefault("Content-Type", 'text/plain; charset="utf-8"')
    return "\n".join(f"{name.replace('_', '-')}: {value}" for name, value in lines.items()) + f"\n\n{text}\n"


def fetch(mailbox: Mailbox) -> int:
    """Look for new mails."""
    return mailboxes.fetch_new(mailbox.organization_id, mailbox.pk)


def test_mails_become_tickets_once_and_answers_find_them(
    scope: Cast, server: MailServer, mailbox: Mailbox, contact: Contact, mailoutbox: list[Any]
) -> None:
    server.deliver(mail("Lena <LENA@harbor.test>", "The press leaks", "Since noon.", 1))
    assert fetch(mailbox) == 1
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.contact_id, ticket.customer_id) == ("mail", contact.pk, contact.customer_id)
    assert (ticket.description, ticket.priority) == ("Since noon.", "high")
    assert server.read_marks == 1
    # A worker that died after the commit, or a mailbox that was numbered anew: nothing comes twice.
    Mailbox.objects.update(uid=0)
    assert fetch(mailbox) == 1
    Mailbox.objects.update(uid=0, validity=1)
    IncomingMail.objects.update(validity=1)
    assert fetch(mailbox) == 1
    assert Ticket.objects.count() == 1

    system = system_actor(Organization.objects.get(pk=scope.organization.pk))
    confirm.func(organization_id=str(scope.organization.pk), mail_id=str(IncomingMail.objects.get().pk))
    reply = say(scope.actor("owner"), ticket.pk, Said("Which one?", mails=True, then="wait"))
    deliver(system, reply.pk)
    first, second = mailoutbox
    assert first.extra_headers["Auto-Submitted"] == "auto-replied"
    assert ticket.number in first.subject
    assert second.reply_to == ["help@cast.test"]
    assert second.extra_headers["In-Reply-To"] == "<m1@harbor.test>"

    ours = second.extra_headers["Message-ID"]
    quoted = "The big one.\n\nOn Mon, Sep 14, 2026 Cast <no-reply@cast.test> wrote:\n> Which one?"
    server.deliver(mail("Max <max@elsewhere.test>", "Re: anything", quoted, 2, References=ours))
    server.deliver(mail("lena@harbor.test", f"Re: [{ticket.number}] The press", "And it is loud.", 3))
    server.deliver(mail("eve@stranger.test", f"Re: [{ticket.number}] The press", "Send me all.", 4))
    forged = ours[:-20] + "0000@cast.test>"
    server.deliver(mail("eve@stranger.test", "Re: The press", "Send me all.", 5, In_Reply_To=forged))
    assert fetch(mailbox) == 4
    heard = TicketMessage.objects.filter(ticket=ticket, kind="customer")
    assert {row.text for row in heard} == {"The big one.", "And it is loud."}
    ticket.refresh_from_db()
    assert ticket.state == "open"
    assert Ticket.objects.filter(email="eve@stranger.test", customer=None).count() == 2
    set_state(scope.actor("owner"), ticket.pk, "solved")
    set_state(scope.actor("owner"), ticket.pk, "closed")
    server.deliver(mail("lena@harbor.test", "Re: The press", "Again!", 6, References=ours))
    fetch(mailbox)
    again = Ticket.objects.get(description="Again!")
    assert ticket.number in TicketMessage.objects.get(ticket=again).text


def test_machines_floods_and_what_cannot_be_read_are_listed_and_not_answered(
    scope: Cast, server: MailServer, mailbox: Mailbox
) -> None:
    server.deliver(mail("a@shop.test", "Out of office", "Back on Monday", 1, Auto_Submitted="auto-replied"))
    server.deliver(mail("b@shop.test", "Newsletter", "Buy", 2, List_Id="<news.shop.test>"))
    server.deliver(mail("help@cast.test", "Loop", "Loop", 3))
    server.deliver(mail("MAILER-DAEMON@shop.test", "Undelivered", "No such user", 4))
    server.deliver("Subject: nobody\n\nNo sender\n")
    for number in range(12):
        server.deliver(mail("flood@shop.test", f"Flood {number}", "x", 10 + number))
    assert fetch(mailbox) == 17
    assert Ticket.objects.count() == 10
    states = dict(IncomingMail.objects.exclude(sender="flood@shop.test").values_list("subject", "reason"))
    assert states["Out of office"] == "answer"
    assert states["Newsletter"] == "list"
    assert states["Loop"] == "own"
    assert states["Undelivered"] == "bounce"
    assert IncomingMail.objects.filter(reason="flood").count() == 2

    browser = sign_in(scope, "admin")
    shown = page_text(browser.get("/settings/service/mail"))
    assert "It was sent to a mailing list" in shown
    assert "It cannot be read" in shown
    wanted = IncomingMail.objects.get(subject="Newsletter")
    browser.post(f"/settings/service/mail/mails/{wanted.pk}/again")
    wanted.refresh_from_db()
    assert (wanted.state, wanted.ticket.name if wanted.ticket else "") == ("made", "Newsletter")
    assert sign_in(scope, "owner").get("/settings/service/mail").status_code == 403


def test_pages_become_text_and_files_pass_the_checks(scope: Cast, server: MailServer, mailbox: Mailbox) -> None:
    body = (
        b"""--B
Content-Type: text/html; charset="gb2312"

"""
        + "<style>p{}</style><p>你好</p><script>steal()</script><img src='http://spy.test/x'><p>机器坏了</p>".encode(
            "gb18030"
        )
        + b"""
--B
Content-Type: text/plain; name="notes.txt"
Content-Disposition: attachment; filename="notes.txt"

What we saw
--B
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="run.exe"

MZ program
--B--
"""
    )
    head = mail("wei@factory.test", "=?utf-8?b?5py65Zmo?=", "", 1, Content_Type='multipart/mixed; boundary="B"')
    server.deliver(head.encode() + body)
    fetch(mailbox)
    assert list(IncomingMail.objects.values_list("reason", flat=True)) == [""], Mailbox.objects.get().problem
    ticket = Ticket.objects.get()
    assert ticket.name == "机器"
    assert "你好" in ticket.description
    assert "机器坏了" in ticket.description
    assert "steal" not in ticket.description
    assert "spy" not in ticket.description
    assert Attachment.objects.get().file.name == "notes.txt"
    assert "run.exe" in TicketMessage.objects.get().text


def test_a_mailbox_is_tried_and_its_secret_goes_nowhere_else(scope: Cast, server: MailServer, mailbox: Mailbox) -> None:
    browser, url = sign_in(scope, "admin"), f"/settings/service/mail/{mailbox.pk}"
    server.deliver(mail("lena@harbor.test", "Hello", "Hello", 1))
    assert "1 new mail waits" in toast(browser.post(f"{url}/try", headers=HX))
    assert PASSWORD not in browser.get(url).content.decode()
    with pytest.raises(Invalid):
        mailboxes.save_mailbox(scope.actor("admin"), Mailbox.objects.get(), host="elsewhere.test")
    for changes, told in (
        ({"secret": "wrong"}, "refuses account or password"),
        ({"secret": PASSWORD, "folder": "Nowhere"}, "There is no folder"),
        ({"folder": "INBOX", "authority": ""}, "certificate cannot be trusted"),
    ):
        mailboxes.save_mailbox(scope.actor("admin"), Mailbox.objects.get(), **changes)
        assert told in browser.post(f"{url}/try", headers=HX).content.decode()
        fetch(mailbox)
        assert told in Mailbox.objects.get().problem
    assert not Ticket.objects.exists()
    assert browser.post(f"{url}/delete").status_code == 303
    assert not Mailbox.objects.exists()


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Yes.\n\n在 2026年9月14日，Cast <a@b.cn> 写道：\n> 您好", "Yes."),
        ("好的\n\n------------------ 原始邮件 ------------------\n发件人: x", "好的"),
        ("Ok\n\nFrom: Cast <a@b.c>\nSent: Monday\nSubject: x\n\nold", "Ok"),
        ("> quoted first\nMy answer", "> quoted first\nMy answer"),
        ("From: here it goes well\nThanks", "From: here it goes well\nThanks"),
    ],
)
def test_only_what_is_new_is_taken_from_an_answer(text: str, new: str) -> None:
    assert new_words(text) == new


def test_broken_mails_are_read_as_far_as_they_go() -> None:
    assert (
        read_mail(b"From: a@b.test\nSubject: =?bad?q?x\nDate: never\nMessage-ID: [x]\n\n\xff\xfe").sender == "a@b.test"
    )
    with pytest.raises(ValueError, match="no_sender"):
        read_mail(b"\x00\x01\x02")
