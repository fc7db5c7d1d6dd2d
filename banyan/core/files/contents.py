"""What a file really is, whatever its name says, and whether a browser may show it."""

from __future__ import annotations

import re
import unicodedata

import puremagic
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Refused
from banyan.core.kernel.text.cleaning import clean_text

LARGEST_BYTES = 50 * 1024 * 1024
FALLBACK = "application/octet-stream"

#: Types that a browser shows without running anything.
SHOWN_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}

#: Programs and pages have no place among business files; they are refused by content and by ending.
REFUSED_ENDINGS = {
    "exe", "dll", "com", "bat", "cmd", "msi", "scr", "ps1", "vbs", "js", "mjs", "jar", "sh", "html", "htm", "xhtml",
    "svg", "hta", "lnk", "php", "apk", "dmg",
}  # fmt: skip
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
#: What may stand before the first element: a declaration, comments, a document type that is not that of a page.
_PREAMBLE = re.compile(
    r"\s*(?:<\?.*?\?>|<!--.*?-->|<!doctype(?!\s+html)[^>\[]*(?:\[.*?\])?\s*>)", re.IGNORECASE | re.DOTALL
)
_PAGE = re.compile(
    r"\s*<(?:!doctype\s+html|(?:[a-z0-9]+:)?(?:html|svg|script|head|body|iframe|meta|base|object|embed|style)[\s/>:])",
    re.IGNORECASE,
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def safe_name(name: str) -> str:
    """Return a file's name without folders, control characters and leading dots, at most 200 characters long."""
    cleaned = clean_text(unicodedata.normalize("NFC", name)).replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = re.sub(r'[\x00-\x1f<>:"|?*]', "_", cleaned).lstrip(". ")
    stem, dot, ending = cleaned.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: 199 - len(ending)]}.{ending}" if stem else ending
    return cleaned[:200] or "file"


def content_type(name: str, start: bytes, *, size: int) -> str:
    """Return the type of a file from its first bytes (at least 4,096 of them, if it has so many).

    Raises:
        Refused: It is empty, too large, or a program or page.
    """
    if size == 0:
        raise Refused("empty_file", _("This file is empty."))
    if size > LARGEST_BYTES:
        raise Refused(
            "file_too_large",
            _("This file is too large; at most %(megabytes)d MB fit.") % {"megabytes": LARGEST_BYTES // 1024**2},
        )
    ending = name.rpartition(".")[2].lower()
    if ending in REFUSED_ENDINGS or start.startswith(_PROGRAM_STARTS) or _is_page(start):
        raise Refused(
            "file_refused", _("Programs and web pages cannot be stored here. Put the file into a ZIP archive.")
        )
    return _guess(name, start)


def _is_page(start: bytes) -> bool:
    """Say whether a browser that does not believe its server could take a content for a page or a drawing with code."""
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "latin-1")
    text = start.decode(encoding, errors="replace").lstrip("\ufeff").removeprefix("ï»¿")
    while before := _PREAMBLE.match(text):
        text = text[before.end() :]
    return _PAGE.match(text) is not None


def _guess(name: str, start: bytes) -> str:
    try:
        found = str(puremagic.from_string(start, mime=True, filename=name))
    except (puremagic.PureError, ValueError):
        found = ""
    if found and found != FALLBACK:
        return found
    return "text/plain" if _is_text(start) else FALLBACK


def _is_text(start: bytes) -> bool:
    if b"\x00" in start:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            start[: len(start) - 4].decode(encoding, errors="strict")
        except UnicodeDecodeError:
            continue
        return True
    return False
