"""Rules of marketing without a database: variables, links, quiet hours, visits of machines, shares of what was won."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

#: What a mail may say of whoever gets it.
VARIABLES = ("name", "company", "job_title", "owner", "campaign")
_VARIABLE = re.compile(r"\{\s*([^\W\d]\w*)\s*(?:\|([^{}\n]*))?\}")
#: Addresses are ASCII: what follows one in Chinese, without a blank, is no part of it.
_PLACE = r"(?:(?![<>()\[\]\"])[!-~])+"
_ADDRESS = re.compile(rf"https?://{_PLACE}")
_BARE = re.compile(rf"(?<![(<\"=\[])https?://{_PLACE}")
_LINK = re.compile(r"\[([^\[\]]*)\]\((https?://" + _PLACE + r")\)")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!<>|~&:])")
_TRAILING = ".,;:!?"
MOST_LINKS = 50
#: Programs that look at links in messages before people do.
MACHINES = (
    "bot", "crawler", "spider", "preview", "scanner", "facebookexternalhit", "safelinks", "barracuda", "mimecast", "proofpoint",
    "python-requests", "curl/", "wget/", "go-http-client", "java/", "okhttp", "headless",
)  # fmt: skip
#: For how long after a touch a new opportunity is believed to come from it.
TOUCH_DAYS = 365


def unknown_variables(text: str) -> list[str]:
    """Return the names in curly brackets that are no variables, in order."""
    found = dict.fromkeys(match[1] for match in _VARIABLE.finditer(text))
    return [name for name in found if name.lower() not in VARIABLES]


def filled(text: str, values: Mapping[str, str], *, in_markdown: bool = False) -> str:
    """Return a text with the variables replaced; an empty one by what stands after its bar.

    What is put into Markdown is escaped: a name cannot become a link.
    """

    def value_of(match: re.Match[str]) -> str:
        value = " ".join((values.get(match[1].lower()) or "").split())
        value = value or (match[2] or "").strip()
        return _MARKDOWN.sub(r"\\\1", value) if in_markdown else value

    return _VARIABLE.sub(value_of, text)


def links_of(body: str) -> list[str]:
    """Return the web addresses in a text, each once, in order."""
    return list(dict.fromkeys(match[0].rstrip(_TRAILING) for match in _ADDRESS.finditer(body)))


def bad_links(body: str) -> list[str]:
    """Return the addresses that contain a variable: a counted link leads to one fixed place."""
    return [link for link in links_of(body) if "{" in link or "}" in link]


def with_autolinks(body: str) -> str:
    """Return Markdown in which bare addresses are links."""

    def linked(match: re.Match[str]) -> str:
        address = match[0].rstrip(_TRAILING)
        return f"<{address}>{match[0][len(address) :]}"

    return _BARE.sub(linked, body)


def plain_text(body: str, replaced: Mapping[str, str]) -> str:
    """Return the text for readers without HTML: links written out, addresses replaced."""
    text = _LINK.sub(lambda match: f"{match[1]} ({match[2]})" if match[1] != match[2] else match[2], body)

    def other(match: re.Match[str]) -> str:
        address = match[0].rstrip(_TRAILING)
        return replaced.get(address, address) + match[0][len(address) :]

    return _ADDRESS.sub(other, text)


def in_quiet_hours(at: time, begin: str, end: str) -> bool:
    """Say whether a time of day lies in the quiet hours, which may go over midnight; there are none without both."""
    if not begin or not end or begin == end:
        return False
    first, last = time.fromisoformat(begin), time.fromisoformat(end)
    return first <= at < last if first < last else at >= first or at < last


def is_machine(method: str, agent: str, headers: Mapping[str, str]) -> bool:
    """Say whether a link was surely opened by a program and not by a person."""
    if method != "GET" or not agent.strip():
        return True
    purposes = " ".join(headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")).lower()
    if "prefetch" in purposes or "prerender" in purposes or "preview" in purposes:
        return True
    return any(word in agent.lower() for word in MACHINES)


def hint_of(address: str) -> str:
    """Return enough of an address for those who know it: ``l…n@example.com``."""
    name, _at, host = address.partition("@")
    shown = f"{name[:1]}…{name[-1:]}" if len(name) > 2 else f"{name[:1]}…"
    return f"{shown}@{host}"[:80]


def leads_back(start: uuid.UUID, excluded: Mapping[uuid.UUID, Collection[uuid.UUID]]) -> bool:
    """Say whether a segment leaves out itself, by whatever way."""
    waiting, seen = list(excluded.get(start, ())), set()
    while waiting:
        found = waiting.pop()
        if found == start:
            return True
        if found not in seen:
            seen.add(found)
            waiting += excluded.get(found, ())
    return False


@dataclass(frozen=True)
class Touch:
    """That a customer responded to a campaign."""

    campaign_id: uuid.UUID
    on: date


def touches_before(touches: Sequence[Touch], opened_on: date) -> list[uuid.UUID]:
    """Return the campaigns that touched a customer before an opportunity, each once, the first first."""
    since = opened_on - timedelta(days=TOUCH_DAYS)
    counted = sorted((touch for touch in touches if since <= touch.on <= opened_on), key=lambda touch: touch.on)
    return list(dict.fromkeys(touch.campaign_id for touch in counted))


def shares(amount: Decimal, count: int, places: int) -> list[Decimal]:
    """Split an amount evenly; the shares sum to it exactly, and what cannot be divided goes to the first ones."""
    unit = Decimal(1).scaleb(-places)
    units = int(amount / unit)
    whole, rest = divmod(abs(units), count)
    sign = -1 if units < 0 else 1
    found = [unit * sign * (whole + (1 if place < rest else 0)) for place in range(count)]
    found[0] += amount - unit * units
    return found
