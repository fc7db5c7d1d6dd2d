"""Take pictures of every main page from the demo organizations of a running product, for people to look at.

Run it as ``python tools/screenshots.py [--url http://127.0.0.1:8000] [--to screenshots] [--only REGEX]`` beside
``make run``. Chinese comes from the small demo, English from the medium one; each in light and dark, wide and on a phone.
An order and two imports are written first where the demo has none, and the finished import is taken back at the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from screenshot_scenes import Scene, scenes, settle

PASSWORD = "banyan-demo-2026"  # noqa: S105 the public password of the demo accounts
PEOPLE = {
    "zh": {"administrator": "admin@small.demo", "reader": "heyuqing@small.demo"},
    "en": {"administrator": "admin@medium.demo", "reader": "anna.snelling@medium.demo"},
}
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SECONDS = 10
HIGHEST = 6000
ROWS = """name,phone,email,source,shoe size
Harbor Light Trading,+442071234567,hello@harbor.example,Website,42
Quiet River Ltd,+442071234568,not an address,Referral,43
"""


@dataclass
class Studio:
    """The browser, the product, the folder of the pictures, and who is signed in already."""

    browser: Browser
    url: str
    folder: Path

    def __post_init__(self) -> None:
        self.sessions: dict[str, list[dict[str, str]]] = {}
        self.failed: list[str] = []

    def open(self, language: str, size: str = "wide", scheme: Scheme = "light", who: str = "administrator") -> Page:
        """Return a page of somebody in a browser of this size and scheme."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            base_url=self.url, viewport={"width": width, "height": height}, color_scheme=scheme,
            has_touch=size == "phone", is_mobile=size == "phone", locale="zh-CN" if language == "zh" else "en-GB",
        )  # fmt: skip
        context.set_default_timeout(SECONDS * 1000)
        email = PEOPLE[language].get(who, "")
        if email in self.sessions:
            context.add_cookies(self.sessions[email])  # type: ignore[arg-type]  # as Playwright itself gave them
        page = context.new_page()
        if email and email not in self.sessions:
            self._sign_in(context, page, email)
        return page

    def _sign_in(self, context: BrowserContext, page: Page, email: str) -> None:
        page.goto("/sign-in")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("body.app")
        self.sessions[email] = context.cookies()  # type: ignore[assignment]  # only handed back to Playwright

    def take(self, page: Page, scene: Scene, places: dict[str, str], name: str) -> None:
        """Take one picture; a scene that does not come about is told at the end and holds up nothing."""
        try:
            page.goto(scene.path.format(**places))
            settle(page)
            if scene.act:
                scene.act(page)
                settle(page)
            self._picture(page, self.folder / f"{scene.name}-{name}.png", whole=scene.whole)
        except (Error, KeyError) as problem:
            self.failed.append(f"{scene.name}-{name}: {str(problem).splitlines()[0]}")

    @staticmethod
    def _picture(page: Page, path: Path, *, whole: bool) -> None:
        """Take the window, or make it as high as the page first, so that what sticks to its edges stands at the end."""
        size = page.viewport_size or {"width": 0, "height": 0}
        height = page.evaluate("document.documentElement.scrollHeight")
        if whole and height > size["height"]:
            page.set_viewport_size({**size, "height": min(height, HIGHEST)})
            settle(page)
        page.screenshot(path=path)
        page.set_viewport_size(size)


def prepare(page: Page) -> dict[str, str]:
    """Return the addresses that scenes name, after writing what the demo does not have."""
    found = {name: _first(page, plural) for name, plural in _PLURALS.items()}
    if not found["order"]:
        page.goto(f"/orders/new?customer={found['customer'].rpartition('/')[2]}")
        page.fill("form.page-form [name=name]", "First delivery")
        page.fill("form.page-form [name=amount]", "12500")
        page.locator("form.page-form [type=submit]").last.click()
        page.wait_for_url("**/orders/*-*")
        found["order"] = _first(page, "orders")
    page.goto("/customers?display=table&sort=name")
    links = page.locator("tbody a.title-link")
    found["customer_id"], found["other_id"] = (
        str(links.nth(at).get_attribute("href")).rpartition("/")[2] for at in (0, 1)
    )
    found["import_plan"] = _upload(page)
    found["import_outcome"] = _upload(page)
    page.locator("[name=import]").click()
    page.locator(".import-outcome .stat-tiles").wait_for()
    for name, path, selector in (
        ("role", "/settings/roles", "main a[href^='/settings/roles/']:not([href$=copy])"),
        ("person", "/settings/people", "main a[href^='/settings/people/']:not([href$=invite])"),
        ("chapter", "/help", "main a[href^='/help/']"),
    ):
        page.goto(path)
        found[name] = str(page.locator(selector).last.get_attribute("href"))
    return found


_PLURALS = {
    "customer": "customers?sort=-last_activity_at", "contact": "contacts", "opportunity": "opportunities?outcome=open",
    "order": "orders", "task": "tasks", "product": "products",
}  # fmt: skip


def _first(page: Page, plural: str) -> str:
    page.goto(f"/{plural}{'&' if '?' in plural else '?'}display=table")
    link = page.locator("tbody a.title-link").first
    return str(link.get_attribute("href")) if link.count() else ""


def _upload(page: Page) -> str:
    page.goto("/imports/new?object=customer")
    page.set_input_files("input[type=file]", {"name": "customers.csv", "mimeType": "text/csv", "buffer": ROWS.encode()})
    page.wait_for_url("**/imports/*-*")
    return page.url


def take_all(studio: Studio, options: argparse.Namespace) -> int:
    """Take every picture that is asked for and return how many there are."""
    wanted = scenes(options.only)
    for language in options.language:
        first = studio.open(language)
        places = prepare(first)
        for size in options.size:
            for scheme in options.scheme:
                pages = {
                    who: studio.open(language, size, scheme, who) for who in ("administrator", "reader", "stranger")
                }
                for scene in wanted:
                    if scene.is_wide_only and size != "wide":
                        continue
                    studio.take(pages[scene.who], scene, places, f"{language}-{size}-{scheme}")
                for page in pages.values():
                    page.context.close()
        _take_back(first, places["import_outcome"])
        first.context.close()
    return len(list(studio.folder.glob("*.png")))


def _take_back(page: Page, url: str) -> None:
    page.goto(url)
    undo = page.locator("form[action$='/undo'] [type=submit]")
    if undo.count():
        undo.click()
        page.locator("#confirm[open] [data-confirm-yes]").click()
        settle(page)


def main() -> None:
    """Read the options and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--to", type=Path, default=Path("screenshots"))
    parser.add_argument("--only", default="", help="a regular expression for the names of the scenes")
    parser.add_argument("--language", nargs="+", choices=list(PEOPLE), default=list(PEOPLE))
    parser.add_argument("--size", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--scheme", nargs="+", choices=list(SCHEMES), default=list(SCHEMES))
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-headless-shell"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        studio = Studio(browser, options.url.rstrip("/"), options.to)
        count = take_all(studio, options)
        browser.close()
    print(f"{count} pictures are in {options.to}, after {time.monotonic() - began:.0f} s.")
    for problem in studio.failed:
        print(f"Not taken: {problem}", file=sys.stderr)
    sys.exit(1 if studio.failed else 0)


if __name__ == "__main__":
    main()
