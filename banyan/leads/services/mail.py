"""Reading raw e-mails (RFC 5322): who writes, about what, and what."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Refused
from banyan.core.kernel.text.cleaning import clean_text
from banyan.leads.queries import lead_spec
from banyan.leads.services.capturing import Captured, receive

MOST_BYTES = 2 * 1024 * 1024
LONGEST_TEXT, LONGEST_SUBJECT, LONGEST_NAME = 20_000, 255, 200
_ADDRESS = re.compile(r"^[^\s@]+@[^\s@]+\.[^\s@]+$")
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
_SPACES = re.compile(r"\n{3,}")
#: Where the reader's own words end and the quoted message begins.
_QUOTED = re.compile(
    r"^\s*(>|-{3,}\s*(Original Message|原始邮件)|On .{5,80} wrote:\s*$|发件人[:：])", re.MULTILINE | re.IGNORECASE
)
NOBODY = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)


@dataclass(frozen=True)
class Mail:
    """What is taken from a message."""

    address: str
    name: str
    subject: str
    text: str
    key: str


class TooLarge(DomainError):
    """The message is larger than what is taken."""

    status = 413


def read_mail(raw: bytes) -> Mail:
    """Return what a message says. Raises ``Invalid`` for what is none, ``Refused`` for what a machine has sent."""
    if len(raw) > MOST_BYTES:
        raise TooLarge("too_large", _("A message has at most %(count)d kB.") % {"count": MOST_BYTES // 1024})
    message = _parsed(raw)
    name, address = parseaddr(_header(message, "Reply-To") or _header(message, "From"))
    if not _ADDRESS.match(address) or len(address) > 254:
        text = _("The message has no sender's address: without it nobody can answer.")
        raise Invalid([FieldError("from", "no_address", text)])
    automatic = _header(message, "Auto-Submitted").lower() not in {"", "no"}
    in_bulk = _header(message, "Precedence").lower() in {"bulk", "list", "junk"} or bool(_header(message, "List-Id"))
    if automatic or in_bulk or NOBODY.match(address):
        raise Refused("automatic", _("A machine has sent this message: no lead is made of it."))
    identity = _header(message, "Message-ID") or f"{address}{_header(message, 'Date')}{len(raw)}"
    return Mail(
        address=address,
        name=clean_text(name)[:LONGEST_NAME],
        subject=clean_text(_header(message, "Subject"))[:LONGEST_SUBJECT],
        text=_text(message),
        key=hashlib.sha256(identity.encode(errors="replace")).hexdigest(),
    )


def _parsed(raw: bytes) -> EmailMessage:
    try:
        found: Any = BytesParser(policy=policy.default).parsebytes(raw)
    except (MessageError, ValueError, LookupError):
        found = None
    if not isinstance(found, EmailMessage) or not found.keys():
        raise Invalid([FieldError("", "no_message", _("This is no e-mail: it has no headers."))])
    return found


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "").replace("\r", " ").replace("\n", " ").strip()
    except (MessageError, ValueError, LookupError, AttributeError, IndexError):
        # The parser of the standard library stumbles over some broken headers: they say nothing then.
        return ""


def _text(message: EmailMessage) -> str:
    try:
        body = message.get_body(preferencelist=("plain", "html"))
        content = str(body.get_content()) if body is not None else ""
        is_html = body is not None and body.get_content_subtype() == "html"
    except (MessageError, ValueError, LookupError, AttributeError):
        return ""
    if is_html:
        content = _TAGS.sub(" ", content)
    quoted = _QUOTED.search(content)
    own = content[: quoted.start()] if quoted and quoted.start() > 0 else content
    return _SPACES.sub("\n\n", clean_text(own).strip())[:LONGEST_TEXT]


def receive_mail(actor: Actor, raw: bytes) -> Captured:
    """Make a lead of a raw message, or add it to the lead of its sender.

    Raises ``NotAllowed`` without the right to create leads, ``Conflict`` for a message received before, and what
    ``read_mail`` raises.
    """
    require(actor, lead_spec(actor), Action.CREATE)
    mail = read_mail(raw)
    values = {
        "email": mail.address,
        "name": mail.name or mail.address.partition("@")[0],
        "needs": "\n\n".join(filter(None, (mail.subject, mail.text))),
    }
    return receive(actor, values, title=mail.subject or mail.address, text=mail.text, key=mail.key)
