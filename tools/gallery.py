"""Render every component with sample data as static pages, and take pictures of them, for people to look at.

Run it as ``python tools/gallery.py FOLDER [--pictures]``: the folder gets one page for each sample and language; with
``--pictures`` also a PNG at 1440 and 390 px, light and dark. Pages need a web server, because browsers take no icons from
files: ``python -m http.server --directory FOLDER``.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import django
from django.template import engines
from django.utils import translation
from gallery_samples import Samples
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "banyan/core/web"
LANGUAGES = ("zh-hans", "en")
THEMES = ("light", "dark")
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}


def environment() -> Environment:
    """Return the product's Jinja2 environment with the gallery's own pages; Django is set up on the way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.settings")
    django.setup()
    product: Environment = engines["jinja2"].env  # type: ignore[attr-defined]  # of this engine, not of all
    loader = ChoiceLoader([product.loader, FileSystemLoader(ROOT / "tools/gallery_templates")])  # type: ignore[list-item]
    return product.overlay(loader=loader)


def pages(language: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the markup of each sample page in one language."""
    jinja = environment()
    samples = Samples(language)
    for name, (template, values) in samples.pages().items():
        context: dict[str, Any] = {**samples.frame(), **values}
        with translation.override(language):
            yield name, jinja.get_template(template).render(context)


def write(folder: Path) -> list[str]:
    """Write all pages and the static files into ``folder`` and return the pages' names."""
    shutil.rmtree(folder / "static", ignore_errors=True)
    shutil.copytree(WEB / "static", folder / "static")
    names: list[str] = []
    for language in LANGUAGES:
        for name, markup in pages(language):
            path = folder / language / f"{name}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(markup, encoding="utf-8")
            names.append(f"{language}/{name}")
    return names


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serves the folder without a line per request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class names it so
        """Say nothing."""


def take_pictures(folder: Path, names: list[str]) -> int:
    """Take a picture of each page at each width and in each theme; return how many."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    count = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-headless-shell"), args=["--no-sandbox"]
        )
        for theme in THEMES:
            for width in WIDTHS:
                count += _pictures_of_size(browser, folder, address=address, names=names, theme=theme, width=width)
        browser.close()
    server.shutdown()
    return count


def _pictures_of_size(browser: Browser, folder: Path, *, address: str, names: list[str], theme: str, width: str) -> int:
    across, down = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down}, has_touch=width == "phone", is_mobile=width == "phone"
    )
    context.add_init_script(f"localStorage.setItem('banyan.theme', '{theme}')")
    page = context.new_page()
    for name in names:
        page.goto(f"{address}/{name}.html")
        open_layers(page)
        page.wait_for_timeout(350)
        page.screenshot(path=folder / "pictures" / f"{name.replace('/', '-')}-{width}-{theme}.png")
    context.close()
    return len(names)


def open_layers(page: Page) -> None:
    """Open the dialogs, menus and the panel that a sample marks to be shown."""
    page.evaluate(
        """() => {
          for (const mark of document.querySelectorAll("[data-sample-open]")) {
            const layer = document.getElementById(mark.dataset.sampleOpen);
            const content = mark.querySelector("template");
            if (content) layer.querySelector(mark.dataset.sampleInto || "*").append(content.content.cloneNode(true));
            if (layer.showModal) layer.showModal();
            else if (layer.popover) layer.showPopover();
            else layer.hidden = false;
            document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: layer } }));
            layer.dispatchEvent(new CustomEvent("unfolded"));
          }
        }"""
    )


def main() -> None:
    """Render the gallery."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", action="store_true")
    arguments = parser.parse_args()
    names = write(arguments.folder)
    print(f"{len(names)} pages in {arguments.folder}")
    if arguments.pictures:
        print(f"{take_pictures(arguments.folder, names)} pictures in {arguments.folder / 'pictures'}")


if __name__ == "__main__":
    main()
