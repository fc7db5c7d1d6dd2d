"""What pages weigh on the way, compressed as browsers ask for it: nobody waits long on a slow line."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.core.web.tests.pages import DIALOG, HX, PANEL, make
from tests.cast import Cast

KILOBYTE = 1_000
FIRST_PAGE, INTERACTION = 150 * KILOBYTE, 20 * KILOBYTE
ENCODINGS = {"Accept-Encoding": "gzip, br"}
#: Loaded when a part needs them, not with the page: charts, calendars, pickers, sorting.
LATER = ("echarts", "calendar", "tom-select", "sortable")


@pytest.fixture
def customers(cast: Cast) -> list[str]:
    """A page full of customers with long values."""
    rows = [
        {
            "name": f"Zhejiang Harbour Light International Trading No. {number:03}", "phone": f"139{number:08}",
            "email": f"purchasing.{number}@harbour-light.example", "level": "a", "tags": ["key account", "export"],
            "next_follow_up_on": "2026-12-01", "needs": "Forty sensor units every quarter, with installation.",
        }
        for number in range(60)
    ]  # fmt: skip
    return [str(record.pk) for record in make(cast, "customer", *rows)]


def weight(browser: Client, path: str, **headers: str) -> tuple[int, str]:
    """Return the number of bytes that go over the line, and the text that they stand for."""
    response = browser.get(path, headers={**ENCODINGS, **headers})
    sent = b"".join(response) if response.streaming else response.content
    assert response.status_code == 200, path
    plain = browser.get(path, headers=headers)
    return len(sent), b"".join(plain if plain.streaming else [plain.content]).decode(errors="replace")


def parts_of(html: str) -> set[str]:
    """Return the styles, scripts and icons that a page asks for."""
    return set(re.findall(r'(?:src|href)="(/static/[^"#]+)', html))


def imports_of(script: str) -> set[str]:
    """Return the modules that a script needs before it can run."""
    names = re.findall(r'(?:from|import)\s*"\./([\w-]+\.js)"', script)
    return {f"/static/build/{name}" for name in names if not name.startswith(LATER)}


@pytest.mark.parametrize("path", ["/customers?display=table", "/opportunities?display=board", "/", "/tasks"])
def test_first_page_with_all_it_needs_is_light(browser: Client, customers: list[str], path: str) -> None:
    total, html = weight(browser, path)
    waiting, seen = parts_of(html), set()
    while waiting:
        part = waiting.pop()
        seen.add(part)
        size, text = weight(browser, part)
        total += size
        waiting |= imports_of(text) - seen if part.endswith(".js") else set()

    assert total < FIRST_PAGE


def test_every_later_interaction_is_light(browser: Client, customers: list[str]) -> None:
    one = f"/customers/{customers[0]}"
    in_dialog, in_panel, part = DIALOG, PANEL, HX

    weights = {
        path: weight(browser, path, **headers)[0]
        for path, headers in {
            "/customers/rows": part,
            "/customers/figures": part,
            "/customers": {**HX, "HX-Boosted": "true"},
            one: in_panel,
            f"{one}/children": part,
            f"{one}/timeline": part,
            f"{one}/edit": in_dialog,
            f"{one}/cells/name": part,
            f"{one}/facts/name/edit": part,
            "/customers/new": in_dialog,
            "/orders/new": in_dialog,
            "/follow-ups/quick": in_dialog,
            "/palette?q=harbour": part,
            "/pick/customer?q=harbour": part,
            "/notifications": part,
            "/opportunities/board": part,
            "/statistics": {**HX, "HX-Boosted": "true"},
        }.items()
    }

    assert {path: size for path, size in weights.items() if size >= INTERACTION} == {}
