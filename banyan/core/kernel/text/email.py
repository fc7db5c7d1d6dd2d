"""E-mail addresses: one normal form for storing and matching, and a check that refuses only what cannot work."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from banyan.core.kernel.text.cleaning import clean_line

LONGEST_ADDRESS: Final = 254
_LONGEST_LOCAL_PART: Final = 64

_PLAIN: Final = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_LOCAL_PART: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL_LETTER: Final = r"[a-z0-9]|[^\x00-\x7f\s]"
_DOMAIN_LABEL: Final = re.compile(rf"(?:{_LABEL_LETTER})(?:(?:{_LABEL_LETTER}|-){{0,61}}(?:{_LABEL_LETTER}))?")
_WIDTHS: Final = str.maketrans("＠．。，；＜＞", "@..,;<>")
_IN_BRACKETS: Final = re.compile(r"<([^<>]+)>\s*$")


# An import asks four times for each address: as a value, twice for duplicates, and for search.
@lru_cache(maxsize=4_096)
def normalize_email(text: str) -> str:
    """Return the address in its normal form, or an empty string when the text holds no usable one.

    Lower case; ``mailto:``, display name, angle brackets, full-width signs and closing punctuation
    are removed; an IDN domain is written in its own script. Dots and tags before the ``@`` stay,
    because only the provider knows whether they matter.
    """
    lowered = text.strip().lower()
    if _PLAIN.fullmatch(lowered) and "xn--" not in lowered:
        return lowered if _has_usable_length(lowered) else ""
    address = clean_line(lowered.translate(_WIDTHS))
    bracketed = _IN_BRACKETS.search(address)
    if bracketed:
        address = bracketed[1]
    address = address.strip().removeprefix("mailto:").partition("?")[0].strip(" ,;<>\"'").rstrip(".")
    local, at, domain = address.rpartition("@")
    own_script = _domain_in_own_script(domain)
    if not at or own_script is None or not _LOCAL_PART.fullmatch(local):
        return ""
    address = f"{local}@{own_script}"
    return address if _has_usable_length(address) else ""


def is_email(text: str) -> bool:
    """Tell whether the text is one usable address and nothing else; surrounding blanks do not count."""
    trimmed = text.strip().lower().translate(_WIDTHS)
    normal = normalize_email(trimmed)
    return bool(normal) and (normal == trimmed or "xn--" in trimmed)


def email_domain(address: str) -> str:
    """Return what follows the last ``@``, or an empty string."""
    return address.rpartition("@")[2] if "@" in address else ""


def _has_usable_length(address: str) -> bool:
    return len(address.encode()) <= LONGEST_ADDRESS and len(address.rpartition("@")[0].encode()) <= _LONGEST_LOCAL_PART


def _domain_in_own_script(domain: str) -> str | None:
    labels = domain.removesuffix(".").split(".")
    if len(labels) < 2 or not all(_DOMAIN_LABEL.fullmatch(label) for label in labels):
        return None
    try:
        ascii_form = domain.removesuffix(".").encode("idna").decode("ascii")
        own_script = ascii_form.encode("ascii").decode("idna")
        if own_script.encode("idna").decode("ascii") != ascii_form:
            return None
    except UnicodeError:
        return None
    # An all-digit last label is an IPv4 address, which no mail server of a customer uses.
    return None if own_script.rpartition(".")[2].isdigit() else own_script
