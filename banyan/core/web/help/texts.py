"""Help about pages, read from the files ``help/*.toml`` of the apps: what a page is for, the usual steps, common questions.

A file holds both languages side by side, so that a text is written, read and corrected in one place::

    [[page]]
    routes = ["settings/people"]     # as in the table of addresses; "*" is any parameter, "{object}" an object's segment
    manual = "people"                # an anchor of the administrator guide; "guide" is one of the user guide
    [page.en]
    purpose = "Who works here, and with which rights."
    steps = ["Press **Invite**.", "[ability:manage_security] ..."]
    questions = [["A colleague has left?", "Deactivate the person; the records stay."]]
    [page.zh-hans]
    ...

    [[object]]
    name = "customer"                # what the generic pages of an object add about this very object
    ...

A line that begins with conditions in brackets is shown to those whom they hold for (see ``conditions``). An address without
help of its own has the help of the closest one above it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps

from banyan.core.kernel.languages import LANGUAGES

FOLDER = "help"
_CONDITIONS = re.compile(r"^\[(?P<conditions>[a-z_:, !]+)\]\s+")
_KNOWN = {"routes", "name", "guide", "manual", "module", "public", *(code for code, _name in LANGUAGES)}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and the conditions under which it is said; ``answer`` belongs to a question."""

    text: str
    conditions: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Help in one language; a title that is left out comes from the page itself."""

    title: str
    purpose: str
    steps: tuple[Line, ...]
    questions: tuple[Line, ...]

    @property
    def whole(self) -> str:
        """Return all that is said."""
        lines = (f"{line.text} {line.answer}" for line in (*self.steps, *self.questions))
        return " ".join((self.title, self.purpose, *lines))


@dataclass(frozen=True, slots=True)
class HelpText:
    """Help about a page, or about an object (then ``name`` is its name and ``routes`` is empty)."""

    words: Mapping[str, Words]
    routes: tuple[tuple[str, ...], ...] = ()
    name: str = ""
    guide: str = ""
    manual: str = ""
    module: str = ""
    is_public: bool = False

    def in_language(self, language: str) -> Words:
        """Return the text in a language of the product; any other language gets the English one."""
        return self.words.get(language) or self.words["en"]


@dataclass(frozen=True, slots=True)
class HelpBook:
    """All help of the installed apps."""

    pages: tuple[HelpText, ...]
    objects: Mapping[str, HelpText]


class BadHelp(ValueError):
    """A file of help is wrong; the message says where and what."""


@lru_cache(maxsize=1)
def help_book() -> HelpBook:
    """Return the help of all apps; raise ``BadHelp`` when a file is wrong."""
    return read_book(
        sorted(file for app in apps.get_app_configs() for file in (Path(app.path) / FOLDER).glob("*.toml"))
    )


def read_book(files: Iterable[Path]) -> HelpBook:
    """Return the help that files hold; raise ``BadHelp`` when one is wrong or two say something about the same page."""
    pages: list[HelpText] = []
    objects: dict[str, HelpText] = {}
    seen: dict[tuple[str, ...], Path] = {}
    for file in files:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        for entry in data.get("page", ()):
            text = _read(entry, file)
            for route in text.routes:
                if route in seen:
                    raise BadHelp(f"{file}: {seen[route]} has help about {'/'.join(route)} already.")
                seen[route] = file
            pages.append(text)
        for entry in data.get("object", ()):
            text = _read(entry, file)
            if not text.name or text.name in objects:
                raise BadHelp(f"{file}: {text.name or 'an object without name'} has help already, or no name.")
            objects[text.name] = text
    return HelpBook(tuple(pages), objects)


def _read(entry: Mapping[str, Any], file: Path) -> HelpText:
    where = f"{file}: {entry.get('routes') or entry.get('name')}"
    if unknown := set(entry) - _KNOWN:
        raise BadHelp(f"{where} has unknown keys: {', '.join(sorted(unknown))}.")
    if missing := [code for code, _name in LANGUAGES if not entry.get(code, {}).get("purpose")]:
        raise BadHelp(f"{where} says nothing in {', '.join(missing)}.")
    words = {code: _words(entry[code]) for code, _name in LANGUAGES}
    shapes = {(len(one.steps), len(one.questions), bool(one.title)) for one in words.values()}
    if len(shapes) > 1:
        raise BadHelp(f"{where} has different steps or questions in its languages.")
    return HelpText(
        words=words,
        routes=tuple(segments(route) for route in entry.get("routes", ())),
        name=entry.get("name", ""),
        guide=entry.get("guide", ""),
        manual=entry.get("manual", ""),
        module=entry.get("module", ""),
        is_public=entry.get("public", False),
    )


def segments(route: str) -> tuple[str, ...]:
    """Return the parts of an address or of its pattern."""
    return tuple(part for part in route.split("/") if part)


def _words(entry: Mapping[str, Any]) -> Words:
    return Words(
        title=entry.get("title", ""),
        purpose=entry["purpose"],
        steps=tuple(_line(step) for step in entry.get("steps", ())),
        questions=tuple(_line(question, answer) for question, answer in entry.get("questions", ())),
    )


def _line(text: str, answer: str = "") -> Line:
    found = _CONDITIONS.match(text)
    if found is None:
        return Line(text, answer=answer)
    conditions = tuple(part.strip() for part in found["conditions"].split(","))
    return Line(text[found.end() :], conditions, answer)
