"""Courses, read from ``courses/*.toml``: lessons in both languages, exercises, what they begin with and how they are checked.

A lesson with ``check`` entries is an exercise; each check says what is missing while its fact is not there. ``{name}`` in
texts and values stands for an entry of ``names``, which is in the language of the organization that somebody practises in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from banyan.core.objects.sentences import in_own_words

LANGUAGES = ("zh-hans", "en")
FOLDER = Path(__file__).parent / "courses"
#: Records that every organization for practising begins with; no course of its own.
COMMON = "shared"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language; ``task`` is what an exercise asks for."""

    title: str
    text: str
    task: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A fact that an exercise brings about; ``missing`` is told, by language, as long as it is not there."""

    kind: str
    options: Mapping[str, Any]
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson; ``page`` is where its exercise is done, ``file`` what it is done with."""

    key: str
    words: Mapping[str, Words]
    page: str = ""
    checks: tuple[Check, ...] = ()
    needs: tuple[str, ...] = ()
    file: str = ""

    @property
    def is_exercise(self) -> bool:
        """Say whether there is something to do, and to check."""
        return bool(self.checks)


@dataclass(frozen=True, slots=True)
class Seed:
    """What is there before a course begins: a record, or a ``colleague``, ``goods`` in stock, a ``supplier``'s conditions."""

    object_name: str
    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PracticeFile:
    """A table of comma-separated values to practise importing with; ``texts`` are by language."""

    name: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Course:
    """A course; ``needs`` are conditions for whom it is (see ``core.web.help.conditions``).

    ``role`` is the ready-made role in which it is practised.
    """

    name: str
    icon: str
    position: int
    words: Mapping[str, Words]
    lessons: tuple[Lesson, ...]
    needs: tuple[str, ...] = ()
    for_administrators: bool = False
    role: str = ""
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seeds: tuple[Seed, ...] = ()
    files: tuple[PracticeFile, ...] = ()

    def lesson(self, key: str) -> Lesson | None:
        """Return a lesson by its key, or None."""
        return next((lesson for lesson in self.lessons if lesson.key == key), None)


class BadCourse(ValueError):
    """A file of a course is wrong; the message says where and what."""


def in_language(by_language: Mapping[str, Any], language: str) -> Any:
    """Return what is there in a language of the product; in any other language, the English."""
    return by_language.get(language) or by_language["en"]


def words_in(words: Mapping[str, Words], language: str) -> Words:
    """Return title, text and task in a language, with what the organization calls its objects."""
    found = in_language(words, language)
    both = words["en"], words["zh-hans"]
    return Words(
        *(in_own_words(getattr(found, name), language, *(getattr(one, name) for one in both))
          for name in ("title", "text", "task"))
    )  # fmt: skip


@lru_cache(maxsize=1)
def all_courses() -> tuple[Course, ...]:
    """Return the courses in their order; raise ``BadCourse`` when a file is wrong."""
    read = (read_course(file) for file in FOLDER.glob("*.toml") if file.stem != COMMON)
    return tuple(sorted(read, key=lambda course: course.position))


@lru_cache(maxsize=1)
def common_course() -> Course:
    """Return what every organization for practising begins with."""
    return read_course(FOLDER / f"{COMMON}.toml")


def read_course(file: Path) -> Course:
    """Return the course in a file; raise ``BadCourse`` when it is wrong."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    lessons = tuple(_lesson(entry, f"{file.name}: {entry.get('key')}") for entry in data.get("lesson", ()))
    keys = [lesson.key for lesson in lessons]
    if len(set(keys)) != len(keys):
        raise BadCourse(f"{file.name} has two lessons of one key.")
    if not lessons and file.stem != COMMON:
        raise BadCourse(f"{file.name} has no lessons.")
    files = {entry["name"] for entry in data.get("file", ())}
    if missing := [lesson.file for lesson in lessons if lesson.file and lesson.file not in files]:
        raise BadCourse(f"{file.name} has no file {missing[0]}.")
    return Course(
        name=file.stem,
        icon=data.get("icon", "certificate"),
        position=data.get("position", 100),
        words=_words(data, file.name) if lessons else {},
        lessons=lessons,
        needs=tuple(data.get("needs", ())),
        for_administrators=data.get("for_administrators", False),
        role=data.get("role", ""),
        names={**({} if file.stem == COMMON else common_course().names), **data.get("names", {})},
        files=tuple(
            PracticeFile(entry["name"], {code: entry[code] for code in LANGUAGES}) for entry in data.get("file", ())
        ),
        seeds=tuple(Seed(entry["object"], entry.get("key", ""), entry["values"]) for entry in data.get("seed", ())),
    )


def _lesson(entry: Mapping[str, Any], where: str) -> Lesson:
    if not entry.get("key"):
        raise BadCourse(f"{where} is a lesson without key.")
    checks = tuple(_check(check, where) for check in entry.get("check", ()))
    words = _words(entry, where)
    if checks and not all(one.task for one in words.values()):
        raise BadCourse(f"{where} has checks, but no task in each language.")
    return Lesson(
        entry["key"], words, entry.get("page", ""), checks, tuple(entry.get("needs", ())), entry.get("file", "")
    )


def _check(entry: Mapping[str, Any], where: str) -> Check:
    missing = {code: entry.get(code, "") for code in LANGUAGES}
    if not entry.get("kind") or not all(missing.values()):
        raise BadCourse(f"{where} has a check without kind, or without words in each language.")
    options = {name: value for name, value in entry.items() if name not in {"kind", *LANGUAGES}}
    return Check(entry["kind"], options, missing)


def _words(entry: Mapping[str, Any], where: str) -> dict[str, Words]:
    found: dict[str, Words] = {}
    for code in LANGUAGES:
        words = entry.get(code) or {}
        if not words.get("title") or not words.get("text"):
            raise BadCourse(f"{where} says nothing in {code}.")
        found[code] = Words(words["title"], words["text"], words.get("task", ""))
    return found


def filled(text: str, names: Mapping[str, Mapping[str, str]], language: str) -> str:
    """Return a text with the names of a course put in."""
    for key, by_language in names.items():
        text = text.replace(f"{{{key}}}", in_language(by_language, language))
    return text


def candidates(value: Any, names: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return what a value of a check may be: a name in any language, for who changes the language meanwhile."""
    text = str(value)
    return list(dict.fromkeys(filled(text, names, code) for code in LANGUAGES))


def all_checks(courses: Iterable[Course]) -> list[Check]:
    """Return every check of courses."""
    return [check for course in courses for lesson in course.lessons for check in lesson.checks]
