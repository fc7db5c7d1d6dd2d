"""What tests of pages share: making records, reading answers as a person would."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

#: Headers of a script's request, and of one whose answer goes into the dialog or the side panel.
HX = {"HX-Request": "true"}
DIALOG = {**HX, "HX-Target": "dialog-body"}
PANEL = {**HX, "HX-Target": "panel-body"}


def make(cast: Cast, name: str, *rows: Mapping[str, Any], person: str = "admin") -> list[Any]:
    """Create records as a person of the cast."""
    with organization_scope(cast.organization.pk):
        actor, spec = cast.actor(person), spec_for(cast.organization, name)
        return [door.create(actor, spec, row) for row in rows]


def stored(cast: Cast, record: Any) -> Any:
    """Return a record as it is in the database now."""
    with organization_scope(cast.organization.pk):
        return type(record).objects.get(pk=record.pk)


def page_text(response: Any) -> str:
    """Return what a reader sees of the page itself: the text of its main part, or of the whole fragment."""
    html = response.content.decode()
    start, end = html.find("<main"), html.find("</main>")
    html = html[start:end] if start >= 0 else html
    html = re.sub(r"<(script|template)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def news(response: Any) -> dict[str, Any]:
    """Return what an answer tells the scripts of the page."""
    return json.loads(response.headers.get("HX-Trigger", "{}"))


def toast(response: Any) -> str:
    """Return the message that an answer shows."""
    return news(response).get("toast", {}).get("text", "")


def names_in_order(response: Any, names: Sequence[str]) -> list[str]:
    """Return those of the names that the page shows, in the order in which they come."""
    html = response.content.decode()
    return sorted((name for name in names if name in html), key=html.index)


def reads(queries: Any) -> list[str]:
    """Return the statements that read something, without those that open and close the transaction."""
    texts = [query["sql"] for query in queries]
    return [text for text in texts if text.startswith(("SELECT", "WITH", "(SELECT")) and "set_config(" not in text]
