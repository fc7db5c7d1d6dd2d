"""The user guide as chapters of HTML, from the Markdown files that are also read outside the product.

A chapter begins with an anchor before a heading of the second level, and may name the pages it is about::

    <a id="customers"></a><!-- pages: customers contacts -->

    ## Customers

An anchor before a heading of the third level begins a section. Anchors are the same in every language, so that a
link from a page finds its place in each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

FILES = {"zh-hans": "user-guide.zh-CN.md", "en": "user-guide.en.md"}
#: An installed package carries the guides beside this module; in a checkout they lie with the other documents.
FOLDERS = (Path(__file__).parent / "guides", Path(__file__).resolve().parents[4] / "docs")

_ANCHOR = re.compile(
    r'^<a id="(?P<name>[a-z0-9-]+)"></a>(?:<!-- pages: (?P<pages>[a-z0-9 -]*) -->)?\n+(?P<level>#{2,3}) (?P<title>.+)$',
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a chapter that can be linked to; the part before the first heading has no name."""

    name: str
    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Chapter:
    """One subject of the guide; ``pages`` are the first segments of the addresses it explains."""

    name: str
    title: str
    pages: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide in one language."""

    title: str
    chapters: tuple[Chapter, ...]

    def chapter(self, name: str) -> Chapter | None:
        """Return a chapter by its anchor, or None."""
        return next((chapter for chapter in self.chapters if chapter.name == name), None)

    def chapter_about(self, path: str) -> Chapter:
        """Return the chapter that explains the page at ``path``; the first one when none does, or the page is unknown."""
        page = "day" if path == "/" else path.strip("/").partition("/")[0]
        return next((chapter for chapter in self.chapters if page in chapter.pages), self.chapters[0])


def guide_in(language: str) -> Guide:
    """Return the guide in a language of the product; any other language gets the English one."""
    return _read(language if language in FILES else "en")


@lru_cache
def _read(language: str) -> Guide:
    path = next(path for folder in FOLDERS if (path := folder / FILES[language]).exists())
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Guide:
    """Return the guide that a Markdown text holds; markup within the text is shown as text, never obeyed."""
    found = list(_ANCHOR.finditer(text))
    homes = _homes(found)
    chapters: list[Chapter] = []
    for anchor, following in zip(found, [*found[1:], None], strict=True):
        body = text[anchor.end() : following.start() if following else len(text)]
        if anchor["level"] == "##":
            pages = tuple((anchor["pages"] or "").split())
            chapters.append(Chapter(anchor["name"], anchor["title"], pages, (Section("", "", _html(body, homes)),)))
        else:
            last = chapters[-1]
            section = Section(anchor["name"], anchor["title"], _html(body, homes))
            chapters[-1] = Chapter(last.name, last.title, last.pages, (*last.sections, section))
    return Guide(title=text.partition("\n")[0].removeprefix("# "), chapters=tuple(chapters))


def _homes(anchors: Sequence[re.Match[str]]) -> dict[str, str]:
    """Return the address of every anchor."""
    homes: dict[str, str] = {}
    chapter = ""
    for anchor in anchors:
        if anchor["level"] == "##":
            chapter = anchor["name"]
            homes[chapter] = f"/help/{chapter}"
        else:
            homes[anchor["name"]] = f"/help/{chapter}#{anchor['name']}"
    return homes


def _html(text: str, homes: dict[str, str]) -> Markup:
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = renderer.parse(text)
    for token in tokens:
        for child in token.children or ():
            _lead_home(child, homes)
    rendered: Any = renderer.renderer.render(tokens, renderer.options, {})
    return Markup(rendered)  # noqa: S704 the renderer escapes markup and refuses addresses that run code


def _lead_home(token: Token, homes: dict[str, str]) -> None:
    target = str(token.attrGet("href") or "")
    if token.type == "link_open" and target.startswith("#"):
        token.attrSet("href", homes[target[1:]])
