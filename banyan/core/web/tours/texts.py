"""Tours, read from the files ``tours/*.toml`` of the apps: for whom, over which pages, what is said at which element."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps

from banyan.core.kernel.languages import LANGUAGES
from banyan.core.objects.sentences import in_own_words

FOLDER = "tours"
#: A page that is the newest record of an object which the reader may see.
RECORD = "record:"


@dataclass(frozen=True, slots=True)
class Said:
    """A title and a text in one language."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What is said at an element of a page.

    ``page`` is a path, or ``record:<object>``. ``target`` is the name in the element's ``data-tour``. ``needs`` are conditions
    (see ``help.conditions``) without which the step is left out.
    """

    page: str
    target: str
    words: Mapping[str, Said]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tour:
    """A tour; ``needs`` says who may take it, ``fits`` whom it is offered to first."""

    name: str
    icon: str
    position: int
    words: Mapping[str, Said]
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()


class BadTour(ValueError):
    """A file of a tour is wrong; the message says where and what."""


@lru_cache(maxsize=1)
def all_tours() -> tuple[Tour, ...]:
    """Return the tours of all installed apps in their order; raise ``BadTour`` when a file is wrong."""
    return read_tours(file for app in apps.get_app_configs() for file in (Path(app.path) / FOLDER).glob("*.toml"))


def read_tours(files: Iterable[Path]) -> tuple[Tour, ...]:
    """Return the tours in files, in the order of their positions."""
    return tuple(sorted((_tour(file) for file in files), key=lambda tour: (tour.position, tour.name)))


def said(words: Mapping[str, Said], language: str) -> Said:
    """Return what is said in a language of the product, by the organization's own words; in any other, the English text."""
    found, english, chinese = words.get(language) or words["en"], words["en"], words["zh-hans"]
    return Said(
        in_own_words(found.title, language, english.title, chinese.title),
        in_own_words(found.text, language, english.text, chinese.text),
    )


def _tour(file: Path) -> Tour:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    steps = tuple(_step(entry, f"{file}, step {number}") for number, entry in enumerate(data.get("step", ()), 1))
    if not steps:
        raise BadTour(f"{file} has no steps.")
    return Tour(
        name=file.stem,
        icon=data.get("icon", "flag"),
        position=data.get("position", 100),
        words=_words(data, str(file)),
        steps=steps,
        needs=tuple(data.get("needs", ())),
        fits=tuple(data.get("fits", ())),
    )


def _step(entry: Mapping[str, Any], where: str) -> Step:
    if not entry.get("page") or not entry.get("target"):
        raise BadTour(f"{where} has no page or no target.")
    return Step(entry["page"], entry["target"], _words(entry, where), tuple(entry.get("needs", ())))


def _words(entry: Mapping[str, Any], where: str) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for code, _name in LANGUAGES:
        words = entry.get(code) or {}
        if not words.get("title") or not words.get("text"):
            raise BadTour(f"{where} says nothing in {code}.")
        found[code] = Said(words["title"], words["text"])
    return found
