"""What axe-core finds on a page by the rules of WCAG 2.2 AA, in light and dark, on a wide screen and a phone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.people import PHONE, WIDE

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: The theme changes nothing but colours.
COLOURS = ["color-contrast"]


@cache
def axe() -> str:
    """Return the source of axe-core, which set-up fetches."""
    return AXE.read_text(encoding="utf-8")


def barriers(page: Page) -> list[str]:
    """Return what keeps somebody from using the page that is open, in each size and theme."""
    page.evaluate(axe())
    found: dict[str, None] = {}
    for size, name in ((WIDE, "wide"), (PHONE, "phone")):
        page.set_viewport_size(size)
        for theme, rules in (("light", TAGS), ("dark", COLOURS)) if name == "wide" else (("light", TAGS),):
            page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            result = page.evaluate(
                "rules => axe.run({runOnly: rules, resultTypes: ['violations'], preload: false})", rules
            )
            for problem in result["violations"]:
                for node in problem["nodes"][:3]:
                    found[f"{name} {theme}: {problem['id']} in {node['html'][:160]}"] = None
    page.evaluate("() => { document.documentElement.dataset.bsTheme = 'light' }")
    return list(found)
