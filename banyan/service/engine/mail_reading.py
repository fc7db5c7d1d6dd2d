"""What an incoming mail says: sender, subject, the words that are new in it, files, and whether a person wrote it.

Nothing of a mail is ever shown as a page: HTML becomes text, so no script runs and no picture is fetched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from lxml import etree

from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.kernel.text.email import normalize_email

LONGEST_TEXT = 20_000
MOST_FILES = 20
MOST_REFERENCES = 50
#: More markup than that is no message; the beginning is enough.
MOST_HTML = 1_000_000
#: People write above this line; it is the last thing of ours in what they quote.
BREAK = "—————"
_ID = re.compile(r"<[^<>\s]{3,250}>")
_BLOCKS = frozenset(
    {"p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote", "pre", "section"}
)
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
_QUOTE_STARTS = (
    re.compile(
        r"^-{2,}\s*(original message|forwarded message|原始邮件|转发的?邮件|原邮件|回复的?原邮件)\s*-{2,}$",
        re.IGNORECASE,
    ),
    re.compile(r"^_{10,}$"),
    re.compile(r"^(on|am|le|el)\s.{6,200}(wrote|schrieb.{0,100}|a écrit|escribió)\s?:$", re.IGNORECASE),
    re.compile(r"^.{0,120}(\d{4}\s?[年/.-]|<[^<>]+@[^<>]+>|&lt;).{0,200}(写道|寫道)\s?[:：]$"),
)
_QUOTED_HEADER = re.compile(r"^\**(from|sent|发件人|寄件者|发送时间|发送日期|von|gesendet)\**\s?[:：]", re.IGNORECASE)
_FURTHER_HEADER = re.compile(
    r"^\**(sent|to|date|subject|收件人|发送时间|发送日期|主题|日期|抄送|an|betreff)\**\s?[:：]", re.IGNORECASE
)


@dataclass(frozen=True)
class MailFile:
    """A file that came with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True)
class ReadMail:
    """A mail as it is worked with; ``key`` is what it is known again by, ``references`` the ids of mails it answers."""

    key: str
    message_id: str
    sender: str
    name: str
    subject: str
    text: str
    whole_text: str
    at: datetime | None
    references: tuple[str, ...]
    automatic: str = ""
    is_bounce: bool = False
    quoted_ids: tuple[str, ...] = ()
    files: tuple[MailFile, ...] = field(default=(), repr=False)


def read_mail(raw: bytes) -> ReadMail:
    """Return what a mail says; raise ``ValueError`` when it has no sender that could be answered."""
    message: Any = message_from_bytes(raw, policy=policy.default)
    message_id = next(iter(_ids(message, "message-id")), "")
    name, sender = _sender(message)
    is_bounce = _is_bounce(message, sender)
    if not sender and not is_bounce:
        raise ValueError("no_sender")
    whole = _text_of(message)
    return ReadMail(
        key=hashlib.sha256(message_id.encode() or raw).hexdigest(),
        message_id=message_id[:255],
        sender=sender[:254],
        name=name[:120],
        subject=_header(message, "subject")[:200],
        text=new_words(whole)[:LONGEST_TEXT] or whole[:LONGEST_TEXT],
        whole_text=whole[:LONGEST_TEXT],
        at=_date(message),
        references=tuple(dict.fromkeys([*_ids(message, "in-reply-to"), *_ids(message, "references")]))[
            :MOST_REFERENCES
        ],
        automatic=why_automatic(message),
        is_bounce=is_bounce,
        quoted_ids=tuple(_ID.findall(raw[:200_000].decode("latin-1")))[:500] if is_bounce else (),
        files=tuple(_files(message)),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(clean_text(str(message.get(name, ""))).split())
    except (ValueError, IndexError, AttributeError, TypeError):
        # The standard library stumbles over a few malformed headers: such a header says nothing.
        return ""


def _ids(message: EmailMessage, name: str) -> list[str]:
    return _ID.findall(_header(message, name))


def _sender(message: EmailMessage) -> tuple[str, str]:
    for header in ("reply-to", "from"):
        found = [(name, address) for name, address in getaddresses([_header(message, header)]) if address]
        for name, address in found:
            usual = normalize_email(address)
            if usual:
                return clean_text(name).strip(), usual
    return "", ""


def _date(message: EmailMessage) -> datetime | None:
    try:
        found = parsedate_to_datetime(_header(message, "date"))
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else None


def _is_bounce(message: EmailMessage, sender: str) -> bool:
    is_report = (
        message.get_content_type() == "multipart/report"
        and "delivery-status" in _header(message, "content-type").lower()
    )
    local = sender.partition("@")[0].lower()
    return is_report or _header(message, "return-path") == "<>" or local in {"mailer-daemon", "postmaster"}


def why_automatic(message: Any) -> str:
    """Return why a mail was not written by a person: ``answer``, ``machine`` or ``list``; empty for one that was."""
    submitted = _header(message, "auto-submitted").lower().partition(";")[0].strip()
    precedence = _header(message, "precedence").lower()
    if submitted.startswith("auto-replied") or precedence == "auto_reply":
        return "answer"
    if any(_header(message, name) for name in ("x-autoreply", "x-autorespond", "x-auto-reply-from")):
        return "answer"
    if _header(message, "list-id") or _header(message, "list-unsubscribe") or precedence in {"bulk", "junk", "list"}:
        return "list"
    return "machine" if submitted and submitted != "no" else ""


def _text_of(message: Any) -> str:
    """Return the text of a mail: the plain one, else that of its page."""
    try:
        part = message.get_body(preferencelist=("plain", "html"))
    except (KeyError, AttributeError, TypeError):
        part = None
    if part is None:
        return ""
    content = _decoded(part)
    text = text_of_page(content) if part.get_content_type() == "text/html" else content
    lines = [line.rstrip() for line in clean_text(text.replace("\r\n", "\n")).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _decoded(part: Any) -> str:
    payload = part.get_payload(decode=True) or b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "gb18030"):
        try:
            return str(payload.decode("gb18030" if charset.lower() in {"gb2312", "gbk"} else charset))
        except (LookupError, UnicodeDecodeError):
            continue
    return str(payload.decode("utf-8", "replace"))


def text_of_page(page: str) -> str:
    """Return the words of an HTML page, a line for each paragraph; nothing of it is fetched or run."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(page[:MOST_HTML].encode("utf-8", "replace"), parser) if page.strip() else None
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return ""
    pieces: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            hidden += tag in _UNSEEN
            if tag in _BLOCKS or tag == "br":
                pieces.append("\n")
            if not hidden and tag and element.text:
                pieces.append(re.sub(r"\s+", " ", element.text))
        else:
            hidden -= tag in _UNSEEN
            if tag in _BLOCKS:
                pieces.append("\n")
            if not hidden and element.tail:
                pieces.append(re.sub(r"\s+", " ", element.tail))
    return "\n".join(line.strip() for line in "".join(pieces).split("\n"))


def new_words(text: str) -> str:
    """Return what is new in an answer: what stands above the mail that it quotes; quoted lines within stay."""
    lines = text.split("\n")
    end = len(lines)
    for place, line in enumerate(lines):
        plain = line.strip().lstrip("> ").strip()
        joined = f"{plain} {lines[place + 1].strip()}" if place + 1 < len(lines) else plain
        if (
            plain.startswith(BREAK)
            or any(start.match(plain) for start in _QUOTE_STARTS)
            or _QUOTE_STARTS[2].match(joined)
        ):
            end = place
            break
        following = [found.strip() for found in lines[place + 1 : place + 4]]
        if _QUOTED_HEADER.match(plain) and any(_FURTHER_HEADER.match(found) for found in following):
            end = place
            break
    kept = lines[:end]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    return "\n".join(kept).strip()


def _files(message: Any) -> Iterator[MailFile]:
    """Yield what came with a mail: attachments, and pictures within its text."""
    count = 0
    for part in message.walk():
        if part.is_multipart() or count >= MOST_FILES:
            continue
        try:
            name = part.get_filename() or ""
        except (ValueError, TypeError, IndexError):
            name = ""
        is_text = part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
        if is_text or (
            not name and part.get_content_disposition() != "attachment" and part.get_content_maintype() != "image"
        ):
            continue
        content = part.get_payload(decode=True) or b""
        count += 1
        yield MailFile(name or f"{part.get_content_maintype()}-{count}.{part.get_content_subtype()[:8]}", content)
