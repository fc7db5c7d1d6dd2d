"""The guides as chapters of HTML, from the Markdown files that are also read outside the product.

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

USER, ADMINISTRATOR = "user", "administrator"
FILES = {"zh-hans": "{book}-guide.zh-CN.md", "en": "{book}-guide.en.md"}
#: Where the chapters of each guide stand.
HOMES = {USER: "/help", ADMINISTRATOR: "/help/administrator"}
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

    @property
    def text(self) -> str:
        """Return the section without markup."""
        return self.html.striptags()


@dataclass(frozen=True, slots=True)
class Chapter:
    """One subject of the guide; ``pages`` are the first segments of the addresses it explains."""

    name: str
    title: str
    pages: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide in one language; ``home`` is the address below which its chapters stand."""

    title: str
    chapters: tuple[Chapter, ...]
    home: str = HOMES[USER]

    def chapter(self, name: str) -> Chapter | None:
        """Return a chapter by its anchor, or None."""
        return next((chapter for chapter in self.chapters if chapter.name == name), None)

    def place_of(self, anchor: str) -> tuple[Chapter, Section] | None:
        """Return the chapter, and the section in it, that an anchor names; None when there is no such anchor."""
        for chapter in self.chapters:
            for section in chapter.sections:
                if anchor in {section.name, chapter.name if section is chapter.sections[0] else ""} - {""}:
                    return chapter, section
        return None

    def address(self, anchor: str) -> str:
        """Return the address of an anchor within the product."""
        place = self.place_of(anchor)
        if place is None:
            raise KeyError(anchor)
        chapter, section = place
        return f"{self.home}/{chapter.name}" + (f"#{section.name}" if section.name else "")

    def chapter_about(self, path: str) -> Chapter:
        """Return the chapter that explains the page at ``path``; the first one when none does, or the page is unknown."""
        page = "day" if path == "/" else path.strip("/").partition("/")[0]
        return next((chapter for chapter in self.chapters if page in chapter.pages), self.chapters[0])


def guide_in(language: str, book: str = USER) -> Guide:
    """Return a guide in a language of the product; any other language gets the English one."""
    return _read(language if language in FILES else "en", book)


@lru_cache
def _read(language: str, book: str) -> Guide:
    name = FILES[language].format(book=book)
    path = next(path for folder in FOLDERS if (path := folder / name).exists())
    return parse(path.read_text(encoding="utf-8"), HOMES[book])


def parse(text: str, home: str = HOMES[USER]) -> Guide:
    """Return the guide that a Markdown text holds; markup within the text is shown as text, never obeyed."""
    found = list(_ANCHOR.finditer(text))
    homes = _homes(found, home)
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
    return Guide(text.partition("\n")[0].removeprefix("# "), tuple(chapters), home)


def _homes(anchors: Sequence[re.Match[str]], home: str) -> dict[str, str]:
    """Return the address of every anchor."""
    homes: dict[str, str] = {}
    chapter = ""
    for anchor in anchors:
        if anchor["level"] == "##":
            chapter = anchor["name"]
            homes[chapter] = f"{home}/{chapter}"
        else:
            homes[anchor["name"]] = f"{home}/{chapter}#{anchor['name']}"
    return homes


def _html(text: str, homes: dict[str, str]) -> Markup:
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = renderer.parse(text)
    for token in tokens:
        _lead_home(token.children or (), homes)
    rendered: Any = renderer.renderer.render(tokens, renderer.options, {})
    return Markup(rendered)  # noqa: S704 the renderer escapes markup and refuses addresses that run code


def _lead_home(tokens: Sequence[Token], homes: dict[str, str]) -> None:
    """Let links lead to places in the product; a file beside the guide has none, and its link becomes plain text."""
    leads_nowhere = False
    for token in tokens:
        target = str(token.attrGet("href") or "")
        if token.type == "link_open" and target.startswith("#"):
            token.attrSet("href", homes[target[1:]])
        elif token.type == "link_open":
            token.hidden = leads_nowhere = target.partition("#")[0].endswith(".md")
        elif token.type == "link_close":
            token.hidden, leads_nowhere = leads_nowhere, False
