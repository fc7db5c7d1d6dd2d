"""Descriptions of the systems that people come from: one YAML file for each, read once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
#: A spreadsheet of no known system.
PLAIN = "spreadsheet"
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_NOT_TELLING = re.compile(r"[\s*＊:：]+|[(（](必填|选填|required)[)）]", re.IGNORECASE)


def folded(heading: str) -> str:
    """Return a heading by which two spellings are compared: without case, spaces and marks of needed columns."""
    return _NOT_TELLING.sub("", heading).casefold()


def alternatives(text: str) -> tuple[str, ...]:
    """Return the headings that stand for the same, as descriptions write them: ``Id | Account ID``."""
    return tuple(folded(part) for part in text.split(" | "))


@dataclass(frozen=True)
class ColumnUse:
    """What a column is: the ``headings`` it may have, and the fields it goes to.

    ``of`` names the things whose ids it holds, ``role`` is ``person`` or ``stage`` where it names one, ``values``
    translates its words, ``only`` are the words that count, ``first`` separates several ids in a cell.
    """

    headings: tuple[str, ...]
    to: tuple[str, ...]
    of: tuple[str, ...] = ()
    role: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True)
class Condition:
    """Which rows of a file a part takes: those whose cell is one of the words, or none of them."""

    headings: tuple[str, ...]
    words: frozenset[str]
    wanted: bool

    def holds(self, text: str) -> bool:
        """Say whether a row with that text in the column belongs to the part."""
        return (text.strip() in self.words) is self.wanted


@dataclass(frozen=True)
class Part:
    """What the rows of a file, or some of them, become: records of one object."""

    name: str
    object_name: str
    columns: tuple[ColumnUse, ...] = ()
    made: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    match_by: tuple[str, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True)
class FileList:
    """How a file lists attachments: the headings of what tells of each, ``about`` with the things it may belong to.

    ``content`` holds the content itself or where it lies, ``address`` where it lies on the other system's servers,
    ``document`` what another file calls it that says where it belongs. Ids that begin like one of ``passed_over`` are those of
    people and folders, not of records.
    """

    about: tuple[ColumnUse, ...] = ()
    key: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    document: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    when: Condition | None = None
    passed_over: tuple[str, ...] = ()

    @property
    def headings(self) -> frozenset[str]:
        """Every heading that tells of an attachment."""
        places = (
            self.key,
            self.name,
            self.ending,
            self.content,
            self.address,
            self.document,
            self.author,
            self.created,
        )
        conditions = self.when.headings if self.when else ()
        about = (heading for use in self.about for heading in use.headings)
        return frozenset((*about, *conditions, *(heading for place in places for heading in place)))


@dataclass(frozen=True)
class FileLinks:
    """How a file says to which records the documents of another one belong."""

    document: tuple[str, ...]
    about: tuple[ColumnUse, ...]
    passed_over: tuple[str, ...] = ()

    @property
    def headings(self) -> frozenset[str]:
        """Every heading of the two sides."""
        return frozenset((*self.document, *(heading for use in self.about for heading in use.headings)))


@dataclass(frozen=True)
class SourceFile:
    """A kind of file of a system: how it is recognised, and what its rows become.

    ``signs`` are columns that all have to be there (one of the alternatives each), ``absent`` those that must not.
    ``people`` maps id, name, given, family and email to headings, where the file lists the users; ``attachments`` and
    ``file_links`` say how it lists files, and where these belong. ``guessed`` says that nobody has found its headings
    published: whoever moves in is asked to check them.
    """

    kind: str
    names: tuple[str, ...]
    signs: tuple[tuple[str, ...], ...]
    absent: frozenset[str]
    parts: tuple[Part, ...] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attachments: FileList | None = None
    file_links: FileLinks | None = None
    guessed: bool = False

    @property
    def known(self) -> frozenset[str]:
        """Every heading that the description knows."""
        headings = {heading for part in self.parts for use in part.columns for heading in use.headings}
        headings |= {heading for part in self.parts if part.when for heading in part.when.headings}
        templates = " ".join(text for part in self.parts for text in part.made.values())
        headings |= {heading for place in _PLACEHOLDER.findall(templates) for heading in alternatives(place)}
        headings |= {heading for names in self.people.values() for heading in names}
        headings |= self.attachments.headings if self.attachments else frozenset()
        headings |= self.file_links.headings if self.file_links else frozenset()
        return frozenset(headings | {heading for sign in self.signs for heading in sign})


@dataclass(frozen=True)
class System:
    """A system that people come from.

    ``deleted`` are headings of the column that marks rows as deleted there; ``ignored`` are columns that nobody misses. Where
    its names of columns were looked up stands under ``checked`` in its description, for whoever corrects them.
    """

    name: str
    label: str
    how: Mapping[str, str]
    marks: frozenset[str]
    stages: Mapping[str, str]
    files: tuple[SourceFile, ...]
    deleted: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()

    @property
    def is_chinese(self) -> bool:
        """Say whether the system is at home in China: it has a Chinese name."""
        return not self.label.isascii()

    @property
    def is_guessed(self) -> bool:
        """Say whether nobody has found any of its headings published."""
        return all(file.guessed for file in self.files)

    def file(self, kind: str) -> SourceFile | None:
        """Return the description of one kind of file."""
        return next((entry for entry in self.files if entry.kind == kind), None)


@lru_cache(maxsize=1)
def systems() -> Mapping[str, System]:
    """Return all systems there are descriptions of, by name."""
    found = (_system(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.yaml")))
    return {system.name: system for system in found}


def file_of(system: str, kind: str) -> SourceFile | None:
    """Return the description of a kind of file of a system."""
    return systems()[system].file(kind) if system in systems() else None


def part_of(system: str, kind: str, name: str) -> Part | None:
    """Return a part of a kind of file."""
    found = file_of(system, kind)
    return next((part for part in found.parts if part.name == name), None) if found else None


def _system(given: dict[str, Any]) -> System:
    return System(
        given["system"],
        given["label"],
        given["how"],
        frozenset(folded(mark) for mark in given["marks"]),
        {str(name): str(meaning) for name, meaning in given.get("stages", {}).items()},
        tuple(_file({"guessed": given.get("guessed", False), **entry}) for entry in given["files"]),
        alternatives(given["deleted"]) if "deleted" in given else (),
        frozenset(folded(name) for name in given.get("ignored", ())),
    )


def _file(given: dict[str, Any]) -> SourceFile:
    signs = [sign for sign in given["signs"] if not sign.startswith("!")]
    absent = frozenset(folded(sign[1:]) for sign in given["signs"] if sign.startswith("!"))
    whole = _part(given) if "object" in given or "parts" in given else None
    parts: tuple[Part, ...] = (whole,) if whole is not None and "object" in given else ()
    if "parts" in given and whole is not None:
        parts = tuple(_joined(whole, _part(part)) for part in given["parts"])
    people = {name: alternatives(text) for name, text in given.get("people", {}).items()}
    names = tuple(folded(name) for name in given["names"])
    signs_of = tuple(map(alternatives, signs))
    attachments = _file_list(given["attachments"]) if "attachments" in given else None
    links = _file_links(given["file_links"]) if "file_links" in given else None
    return SourceFile(
        given["kind"], names, signs_of, absent, parts, people, attachments, links, bool(given.get("guessed"))
    )


def _file_list(given: dict[str, Any]) -> FileList:
    places = {name: alternatives(text) for name, text in given.items() if name not in {"about", "when", "passed_over"}}
    condition = _condition(given["when"]) if "when" in given else None
    return FileList(
        _belongings(given.get("about", {})), when=condition, passed_over=_texts(given.get("passed_over", ())), **places
    )


def _file_links(given: dict[str, Any]) -> FileLinks:
    passed_over = _texts(given.get("passed_over", ()))
    return FileLinks(alternatives(given["document"]), _belongings(given["about"]), passed_over)


def _belongings(given: dict[str, Any]) -> tuple[ColumnUse, ...]:
    return tuple(ColumnUse(alternatives(headings), (), _texts(kinds)) for headings, kinds in given.items())


def _part(given: dict[str, Any]) -> Part:
    columns = tuple(_use(headings, use) for headings, use in given.get("columns", {}).items())
    condition = given.get("when")
    return Part(
        given.get("name", ""),
        given.get("object", ""),
        columns,
        given.get("made", {}),
        given.get("constants", {}),
        tuple(given.get("match_by", ())),
        _condition(condition) if condition else None,
    )


def _joined(whole: Part, part: Part) -> Part:
    """Return a part with what its file says of all of them; its own columns come first."""
    return replace(
        part,
        columns=(*part.columns, *whole.columns),
        made={**whole.made, **part.made},
        constants={**whole.constants, **part.constants},
    )


def _condition(given: dict[str, Any]) -> Condition:
    wanted = "is" in given
    words = frozenset(str(word) for word in given["is" if wanted else "not"])
    return Condition(alternatives(given["column"]), words, wanted)


def _use(headings: str, given: Any) -> ColumnUse:
    if not isinstance(given, dict):
        given = {"to": given}
    return ColumnUse(
        alternatives(headings),
        _texts(given["to"]),
        _texts(given.get("of", ())),
        given.get("is", ""),
        {str(word): str(code) for word, code in given.get("values", {}).items()},
        _texts(given.get("only", ())),
        given.get("first", ""),
    )


def _texts(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(str(entry) for entry in given)
