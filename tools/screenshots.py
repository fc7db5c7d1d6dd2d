"""Take pictures of every main page from the demo organizations of a running product, for people to look at.

Run it as ``python tools/screenshots.py [--url http://127.0.0.1:8000] [--to screenshots]`` beside ``make run``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PASSWORD = "banyan-demo-2026"  # noqa: S105 the public password of the demo accounts
ACCOUNTS = {"zh": "admin@small.demo", "en": "admin@medium.demo"}
PAGES = {
    "my-day": "/",
    "customers": "/customers",
    "new-customer": "/customers/new",
    "contacts": "/contacts",
    "board": "/opportunities?display=board",
    "tasks": "/tasks",
    "orders": "/orders",
    "statistics": "/statistics",
    "import": "/imports/new",
    "settings": "/settings/me",
    "recycle-bin": "/recycle-bin",
}
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


def take(browser: Browser, url: str, folder: Path) -> None:
    """Take every page in both languages, both sizes, light and dark."""
    for language, email in ACCOUNTS.items():
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=size == "phone"
                )
                page = context.new_page()
                page.goto(f"{url}/sign-in")
                page.fill("input[name=email]", email)
                page.fill("input[name=password]", PASSWORD)
                page.press("input[name=password]", "Enter")
                page.wait_for_selector("#page")
                for name, path in PAGES.items():
                    page.goto(url + path)
                    page.wait_for_timeout(700)
                    page.screenshot(path=folder / f"{name}-{language}-{size}-{scheme}.png")
                context.close()


def main() -> None:
    """Read the options and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--to", type=Path, default=Path("screenshots"))
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        take(browser, options.url.rstrip("/"), options.to)
        browser.close()
    print(f"Pictures are in {options.to}.")


if __name__ == "__main__":
    main()
