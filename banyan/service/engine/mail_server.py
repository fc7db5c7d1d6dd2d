"""Reading a mailbox by IMAP: always encrypted, at an address that was checked, and without changing more than a mark."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from imap_tools import AND, BaseMailBox, ImapToolsError, U
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError

from banyan.core.kernel.errors import Refused
from banyan.core.kernel.outgoing import reachable_addresses

SECONDS = 20.0
LARGEST_BYTES = 40 * 1024 * 1024
MOST_AT_ONCE = 200
#: Some servers, such as those of NetEase, let nobody in who does not say what they are.
WHO = '("name" "Banyan CRM" "version" "1")'
imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))


class MailboxFailed(Refused):
    """A mailbox cannot be read now; the message says why, and what to do."""


class TooLargeError(Exception):
    """A mail is larger than what is read."""


@dataclass(frozen=True)
class Account:
    """How a mailbox is reached; ``authority`` is the certificate of a company's own authority, if it has one."""

    host: str
    port: int
    user: str
    secret: str
    folder: str = "INBOX"
    authority: str = ""


class _PinnedClient(imaplib.IMAP4_SSL):
    """A connection to an address that was checked, whatever the name says by now; the certificate is the name's."""

    def __init__(self, account: Account, address: str) -> None:
        self._address = address
        context = ssl.create_default_context(cadata=account.authority or None)
        super().__init__(account.host, account.port, ssl_context=context, timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = socket.create_connection((self._address, self.port), timeout)
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(plain, server_hostname=self.host)


class _PinnedMailBox(BaseMailBox):
    def __init__(self, account: Account) -> None:
        self._account = account
        self._address = str(reachable_addresses(account.host, account.port)[0])
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _PinnedClient(self._account, self._address)


class OpenMailbox:
    """A folder that is open: which mails it has, their content, and marking them as read."""

    def __init__(self, box: BaseMailBox, folder: str) -> None:
        self._box = box
        box.folder.set(folder)
        answer: Any = box.client.untagged_responses.get("UIDVALIDITY") or [b"0"]
        self.validity = int(answer[-1])

    def new_uids(self, after: int, since: date) -> list[int]:
        """Return the numbers of mails after another one that came since a day, oldest first."""
        found = self._box.uids(AND(uid=U(str(after + 1), "*"), date_gte=since))
        # The star is the last mail even where its number is not higher.
        return sorted({int(uid) for uid in found if int(uid) > after})[:MOST_AT_ONCE]

    def content(self, uid: int) -> bytes:
        """Return a mail as it came; raise ``TooLargeError``, or ``LookupError`` when it is gone."""
        _status, answer = self._box.client.uid("FETCH", str(uid), "(RFC822.SIZE)")
        size = next(
            (
                int(found[1])
                for line in answer
                if isinstance(line, bytes) and (found := re.search(rb"RFC822\.SIZE (\d+)", line))
            ),
            None,
        )
        if size is None:
            raise LookupError(uid)
        if size > LARGEST_BYTES:
            raise TooLargeError
        _status, answer = self._box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        return next((bytes(line[1]) for line in answer if isinstance(line, tuple)), b"")

    def mark_read(self, uid: int) -> None:
        """Mark a mail as read; that it fails matters to nobody but those who look into the mailbox."""
        try:
            self._box.client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
        except (imaplib.IMAP4.error, OSError):
            return


@contextmanager
def open_mailbox(account: Account) -> Iterator[OpenMailbox]:
    """Open a folder, and close it again; raise ``MailboxFailed`` when that cannot be, ``Unreachable`` for the address."""
    box: BaseMailBox | None = None
    try:
        box = _PinnedMailBox(account)
        if account.user.isascii() and account.secret.isascii():
            box.login(account.user, account.secret, initial_folder=None)
        else:
            box.login_utf8(account.user, account.secret, initial_folder=None)
        if "ID" in box.client.capabilities:
            box.client._simple_command("ID", WHO)  # noqa: SLF001 the library has no word for it
        yield OpenMailbox(box, account.folder or "INBOX")
    except MailboxLoginError:
        message = _(
            "The server refuses account or password. Many providers want a password for programs, and IMAP switched on."
        )
        raise MailboxFailed("login_refused", message) from None
    except MailboxFolderSelectError:
        message = _("There is no folder “%(folder)s”. The usual one is INBOX.") % {"folder": account.folder}
        raise MailboxFailed("no_folder", message) from None
    except ssl.SSLCertVerificationError:
        message = _(
            "The server's certificate cannot be trusted. Check the name of the server, or add your own authority's certificate."
        )
        raise MailboxFailed("not_trusted", message) from None
    except ssl.SSLError:
        message = _("The server does not speak TLS at this port. The usual port is 993.")
        raise MailboxFailed("not_encrypted", message) from None
    except (OSError, ImapToolsError, imaplib.IMAP4.error) as problem:
        message = _("The mail server does not answer as it should: %(problem)s") % {"problem": str(problem)[:150]}
        raise MailboxFailed("no_answer", message) from None
    finally:
        if box is not None:
            try:
                box.client.logout()
            except (OSError, imaplib.IMAP4.error):
                box.client.shutdown()
