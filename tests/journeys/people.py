"""People in browsers: they sign in by the page, and nothing may go wrong behind what they see."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.installation import PASSWORD

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
#: How long somebody waits for what they should see; a busy machine is no reason to fail.
SECONDS = 40
#: How much of a page's text is shown with a test that has failed.
MOST_TEXT = 1500
TIME_ZONE = "Asia/Shanghai"
ADMINISTRATOR = "admin@small.demo"
SALESPERSON = "lina@small.demo"
MANAGER = "chensiyuan@small.demo"
COLLEAGUE = "wanghaoran@small.demo"
READER = "heyuqing@small.demo"


#: The same engine without what surrounds pages in a window takes a third of the work for each page.
BROWSERS = ("chromium-headless-shell", "chromium")
#: Nobody sees the pages: a graphics card that is imitated by the processor costs a third of each page.
ARGUMENTS = ("--no-sandbox", "--disable-gpu")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium, or else the one that Playwright brings, without a window."""
    expect.set_options(timeout=SECONDS * 1000)
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def one_chromium() -> Iterator[Browser]:
    """Start a browser for all tests of a folder; it has to end with them, because its event loop disturbs others."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with chromium() as started:
        yield started
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class People:
    """Everybody who uses the product in one test, each in a browser of their own."""

    browser: Browser
    url: str
    troubles: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    cookies: dict[str, Any] = field(default_factory=dict)

    def stranger(
        self, *, phone: bool = False, language: str = "en", theme: str = "light", bypass_csp: bool = False
    ) -> Page:
        """Open a fresh browser in which nobody is signed in."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport=PHONE if phone else WIDE,
            has_touch=phone,
            is_mobile=phone,
            locale="zh-CN" if language.startswith("zh") else "en-GB",
            color_scheme=theme,
            reduced_motion="reduce",
            bypass_csp=bypass_csp,
            timezone_id=TIME_ZONE,
        )
        context.set_default_timeout(SECONDS * 1000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._notice(message.type, f"{message.text} ({page.url})"))
        page.on("pageerror", lambda error: self.troubles.append(f"{error} ({page.url})"))
        return page

    def person(self, email: str, *, password: str = PASSWORD, language: str = "en", **options: bool | str) -> Page:
        """Open a browser in which somebody is signed in, at the front page, in the language wanted.

        Who has signed in by the page once keeps the session for later tests, as people do.
        """
        page = self.stranger(language=language, **options)
        if email in self.cookies:
            page.context.add_cookies(self.cookies[email])
            page.goto("/")
        else:
            sign_in(page, email, password)
            self.cookies[email] = page.context.cookies()
        choose_language(page, language)
        return page

    def expect_trouble(self, text: str) -> None:
        """Let the browser report an error with this text: the test is about it."""
        self.expected.append(text)

    def unexpected(self) -> list[str]:
        """Return what went wrong in any browser and was not expected."""
        return [trouble for trouble in self.troubles if not any(text in trouble for text in self.expected)]

    def views(self) -> list[tuple[str, str]]:
        """Return the address and the beginning of the text of every open page."""
        pages = [page for context in self.contexts for page in context.pages]
        return [(page.url, page.evaluate("document.body.innerText").strip()[:MOST_TEXT]) for page in pages]

    def leave(self) -> None:
        """Close all browsers."""
        for context in self.contexts:
            context.close()

    def _notice(self, kind: str, text: str) -> None:
        if kind == "error":
            self.troubles.append(text)


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign somebody in by the page."""
    page.goto("/sign-in")
    page.locator("#field-email").fill(email)
    page.locator("#field-password").fill(password)
    page.locator("form.plain-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


def choose_language(page: Page, language: str) -> None:
    """Let the product speak a language to whoever is signed in."""
    code = "zh-hans" if language.startswith("zh") else "en"
    if page.locator("html").get_attribute("lang") in {code, "zh-Hans" if code != "en" else "en"}:
        return
    page.locator("[popovertarget=account]").click()
    with page.expect_navigation():
        page.locator(f"#account button[lang='{code}']").click()


def dialog(page: Page) -> Locator:
    """Return the page's dialog, open."""
    opened = page.locator("#dialog[open]")
    opened.wait_for()
    return opened


def take_focus(field: Locator) -> None:
    """Click into a field; a picker takes letters only a moment after the click, when it shows its list."""
    field.click()
    field.evaluate(
        "(field) => new Promise((done) => { const picker = field.closest('.ts-wrapper'); "
        "const look = () => (!picker || picker.classList.contains('focus') ? done() : requestAnimationFrame(look)); "
        "setTimeout(done, 1000); look(); })"
    )


def choose(scope: Locator | Page, name: str, text: str, *, option: str = "") -> None:
    """Type into a searching picker and take the suggestion that holds ``option``, or the first."""
    box = scope.locator(f"[data-field='{name}'] .ts-control input").first
    take_focus(box)
    box.press_sequentially(text, delay=15)
    pick_suggestion(scope, option or text)


def pick_suggestion(scope: Locator | Page, text: str) -> None:
    """Click the first suggestion with this text."""
    suggestion = scope.locator(".ts-dropdown .option").filter(has_text=text).first
    suggestion.wait_for()
    suggestion.click()


def toast(page: Page, text: str = "") -> Locator:
    """Return the newest message at the edge of the page, once it is seen."""
    note = page.locator("#toasts [data-toast]").filter(has_text=text).last
    note.wait_for()
    return note


def palette(page: Page, text: str) -> Locator:
    """Open search with its key, type, and return the results."""
    page.keyboard.press("Control+k")
    box = page.locator("#palette input")
    box.wait_for()
    box.fill(text)
    return page.locator("#palette [role=option]")
