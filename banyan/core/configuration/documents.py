"""A configuration file: what its head says, its entries by part and key, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from banyan import __version__
from banyan.core.configuration.yaml_text import BadYaml, read_yaml, write_yaml
from banyan.core.kernel.document_shapes import LANGUAGES, Flag, Path, Problem, Shape, Text, Words, is_removal
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.configuration_parts import KEY, ConfigurationPart, Entry, ordered_parts
from banyan.core.tenancy.models import Organization

#: The format that this product writes and the newest that it reads.
FORMAT = 1
FORMAT_KEY = "banyan"
MOST_PROBLEMS = 100
MOST_ENTRIES = 20_000
LONGEST_KEY = 300
#: What the head of a file may say, beside its format.
HEAD: dict[str, Shape] = {
    "product_version": Text(longest=40),
    "name": Words(),
    "description": Words(),
    "version": Text(longest=20),
    "complete": Flag(),
}


class Place(NamedTuple):
    """Where something is written: the file, and the line from 1; 0 when it is not known."""

    source: str
    line: int


@dataclass(frozen=True)
class Document:
    """A configuration file that has been read and fits its format.

    ``entries`` maps parts to keys to what the file says of the entry. Of a ``complete`` file each entry stands there as
    a whole, so that what is not mentioned is at its default; of any other file it stays as it is. ``wholes`` are entries
    that stand there as a whole though others do not. ``removals`` are the entries that the file wants to be taken away.
    """

    source: str = ""
    name: Any = ""
    description: Any = ""
    version: str = ""
    product_version: str = __version__
    is_complete: bool = False
    entries: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    removals: frozenset[tuple[str, str]] = frozenset()
    wholes: frozenset[tuple[str, str]] = frozenset()
    places: Mapping[Path, Place] = field(default_factory=dict)

    def is_whole(self, part: str, key: str) -> bool:
        """Say whether an entry stands here as a whole."""
        return self.is_complete or (part, key) in self.wholes

    def place_of(self, part: str, key: str, path: Path = ()) -> Place:
        """Return file and line of a value of an entry, or of the nearest that is written around it."""
        for length in range(len(path), -1, -1):
            found = self.places.get((part, key, *path[:length]))
            if found is not None:
                return found
        return Place(self.source, 0)


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a file, with its line and the path to the value."""

    source: str
    line: int
    path: str
    message: str
    code: str = "invalid"

    def __str__(self) -> str:
        place = _("line %(line)d") % {"line": self.line} if self.line else ""
        where = ", ".join(part for part in (self.source, place, self.path) if part)
        return f"{where}: {self.message}" if where else self.message


class BadDocument(Invalid):
    """A file that cannot be used; nothing was changed."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = list(complaints)[:MOST_PROBLEMS]
        errors = [FieldError(entry.path, entry.code, str(entry)) for entry in self.complaints]
        super().__init__(errors, "\n".join(str(entry) for entry in self.complaints))


def read_document(text: str, *, source: str = "") -> Document:
    """Read a configuration file; raise ``BadDocument`` with everything that is wrong, each with its line."""
    try:
        found = read_yaml(text.removeprefix("\ufeff"))
    except BadYaml as problem:
        raise BadDocument([Complaint(source, problem.line, "", problem.message, "not_yaml")]) from None
    if not isinstance(found.value, Mapping):
        message = _("A configuration file begins with “banyan: 1”.")
        raise BadDocument([Complaint(source, 1, "", message, "not_a_configuration")])
    reader = _Reader(source, found.value, found.lines)
    reader.read_head()
    reader.require_no_problems()
    entries, removals, places = reader.read_parts()
    reader.require_no_problems()
    head = found.value
    return Document(
        source=source,
        name=head.get("name") or "",
        description=head.get("description") or "",
        version=head.get("version") or "",
        product_version=head.get("product_version") or "",
        is_complete=bool(head.get("complete")),
        entries=entries,
        removals=removals,
        places=places,
    )


class _Reader:
    """Collects what is wrong with a file while its parts are read."""

    def __init__(self, source: str, value: Mapping[str, Any], lines: Mapping[Path, int]) -> None:
        self.source = source
        self.value = value
        self.lines = lines
        self.complaints: list[Complaint] = []

    def read_head(self) -> None:
        """Check the format, the version and the names at the top level."""
        written = self.value.get(FORMAT_KEY)
        if isinstance(written, bool) or not isinstance(written, int) or written < 1:
            self.complain((FORMAT_KEY,), _("A configuration file begins with “banyan: 1”."), "not_a_configuration")
            return
        if written > FORMAT:
            message = _(
                "The file has format %(format)d, this product reads format %(known)d. Update the product first."
            )
            self.complain((FORMAT_KEY,), message % {"format": written, "known": FORMAT}, "newer_format")
            return
        for name, shape in HEAD.items():
            if self.value.get(name) is not None:
                for problem in shape.problems(self.value[name], (name,)):
                    self.complain(problem.path, problem.message, problem.code)
        version = self.value.get("product_version")
        if isinstance(version, str) and _release(version) > _release(__version__):
            words = {"version": version, "own": __version__}
            message = _("The file was written by version %(version)s, this is %(own)s. Update the product first.")
            self.complain(("product_version",), message % words, "newer_version")
        known = {part.name for part in ordered_parts()}
        for name in self.value:
            if name not in known and name not in HEAD and name != FORMAT_KEY:
                words = {"name": name, "known": ", ".join(sorted(known))}
                message = _("There is no part “%(name)s”. There are: %(known)s.") % words
                self.complain((name,), message, "unknown_part")

    def read_parts(self) -> tuple[dict[str, dict[str, Entry]], frozenset[tuple[str, str]], dict[Path, Place]]:
        """Return the entries by part and key, what is to be removed, and the lines by part and key."""
        entries: dict[str, dict[str, Entry]] = {}
        removals: set[tuple[str, str]] = set()
        keys: dict[tuple[str, int], str] = {}
        for part in ordered_parts():
            written = self.value.get(part.name)
            if written is None:
                continue
            found = entries.setdefault(part.name, {})
            for position, entry in self._entries_of(part, written):
                key = entry[KEY]
                if key in found or (part.name, key) in removals:
                    self.complain(
                        (part.name, position), _("“%(name)s” stands in the list twice.") % {"name": key}, "twice"
                    )
                    continue
                keys[part.name, position] = key
                if is_removal(entry):
                    removals.add((part.name, key))
                    continue
                for problem in part.problems(entry):
                    self.complain((part.name, position, *problem.path), problem.message, problem.code)
                found[key] = entry
        places = {
            (path[0], keys[path[0], path[1]], *path[2:]): Place(self.source, line)  # type: ignore[index]  # they begin so
            for path, line in self.lines.items()
            if path[:2] in keys
        }
        return entries, frozenset(removals), places

    def _entries_of(self, part: ConfigurationPart, written: Any) -> Iterator[tuple[int, Entry]]:
        if not isinstance(written, list) or len(written) > MOST_ENTRIES:
            self.complain((part.name,), _("A list belongs here; each line begins with “- ”."), "not_a_list")
            return
        for position, entry in enumerate(written):
            key = entry.get(KEY) if isinstance(entry, Mapping) else None
            if isinstance(key, str) and 0 < len(key) <= LONGEST_KEY:
                yield position, dict(entry)
            else:
                message = _("Each entry begins with “- key: …”, by which it is known.")
                self.complain((part.name, position), message, "without_key")

    def complain(self, path: Path, message: str, code: str) -> None:
        """Note what is wrong at a place of the file."""
        line = next((self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), 0)
        self.complaints.append(Complaint(self.source, line, path_text(path), str(message), code))

    def require_no_problems(self) -> None:
        """Raise what has been found so far."""
        if self.complaints:
            raise BadDocument(self.complaints)


def complaint_about(document: Document, part: str, key: str, problem: Problem) -> Complaint:
    """Return the complaint about an entry with its place in the file that says it."""
    place = document.place_of(part, key, problem.path)
    path = path_text((part, key, *problem.path))
    return Complaint(place.source, place.line, path, str(problem.message), problem.code)


def path_text(path: Iterable[str | int]) -> str:
    """Return a path as people read it: ``fields[3].settings``, ``fields[customer.size].kind``."""
    text = ""
    for position, step in enumerate(path):
        if isinstance(step, int):
            text += f"[{step + 1}]"
        elif position == 1:
            text += f"[{step}]"
        else:
            text += f".{step}" if text else str(step)
    return text


def current_document(organization: Organization, parts: Sequence[str] = (), *, with_data: bool = True) -> Document:
    """Return the configuration of an organization, within its scope; only some ``parts`` when those are given.

    Demo records come along only ``with_data``.
    """
    entries = {
        part.name: {entry[KEY]: part.shortened(entry) for entry in part.read(organization)}
        for part in ordered_parts()
        if (not parts or part.name in parts) and (with_data or not part.is_data)
    }
    return Document(name=organization.name, is_complete=True, entries=entries)


def write_document(document: Document) -> str:
    """Write a document as a file: always in the same order, so that two of them are compared line by line."""
    head: dict[str, Any] = {FORMAT_KEY: FORMAT, "product_version": document.product_version}
    head |= {name: value for name in ("name", "description", "version") if (value := getattr(document, name))}
    if document.is_complete:
        head["complete"] = True
    sections = [write_yaml(head)]
    removed: dict[str, list[Entry]] = {}
    for part_name, key in sorted(document.removals):
        removed.setdefault(part_name, []).append({KEY: key, "remove": True})
    for part in ordered_parts():
        entries = [*document.entries.get(part.name, {}).values(), *removed.get(part.name, [])]
        if entries or (document.is_complete and part.name in document.entries):
            sections.append(write_yaml({part.name: [_in_order(part, entry) for entry in entries]}))
    return "\n".join(sections)


def words_of(value: Any, language: str) -> str:
    """Return words of a file in a language, or in the other one."""
    if not isinstance(value, Mapping):
        return str(value or "")
    wanted = "zh" if language.startswith("zh") else "en"
    return str(value.get(wanted) or next((value[name] for name in LANGUAGES if value.get(name)), ""))


def _in_order(part: ConfigurationPart, entry: Entry) -> Entry:
    names = (KEY, *part.properties)
    return {name: entry[name] for name in (*names, *(extra for extra in entry if extra not in names)) if name in entry}


def _release(version: str) -> tuple[int, ...]:
    """Return what of a version decides over new features: the first two numbers."""
    return tuple(int(number) for number in re.findall(r"\d{1,6}", version)[:2])
