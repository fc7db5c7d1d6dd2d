"""Everything that people deliver, opened as tables: text, workbooks with several sheets, archives, records as JSON."""

from __future__ import annotations

import codecs
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Refused
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.reading import Table, open_table
from banyan.core.transfer.reading.packing import checked_archive
from banyan.core.transfer.reading.source import Limits

#: So much of a JSON file is read at once.
PIECE_CHARACTERS = 1 << 20
MOST_TABLES = 300
#: Files in archives that are never tables: attachments, and what archives carry along.
TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".json", ".gz", ".xml", ".html")
#: Folders in which exports put the contents of attachments, whatever they are: never tables.
CONTENT_FOLDERS = frozenset(
    {"attachment", "attachments", "contentversion", "documents", "upload", "uploads", "附件", "图片"}
)
_ZIP = b"PK\x03\x04"
_UTF8_NAME = 0x800


@dataclass(frozen=True)
class Found:
    """A table in a delivered file: the member of an archive and the sheet of a workbook that it is."""

    member: str
    sheet: str
    name: str
    problem: str = ""


@dataclass(frozen=True)
class Content:
    """A file in a delivered archive: the member that it is, its path as people see it, and whether it is a table."""

    member: str
    path: str
    is_table: bool


class Opened:
    """An open table: its columns and its rows, each with the number that people see."""

    def __init__(self, columns: list[str], rows: Iterable[tuple[int, list[Cell]]]) -> None:
        self.columns = columns
        self.rows = rows


def tables_in(path: Path, name: str) -> list[Found]:
    """Return the tables of a delivered file; one that cannot be read is listed with the reason.

    Raises ``Refused`` when the file itself cannot be opened or holds none at all.
    """
    contents = contents_in(path)
    if contents is None:
        return _sheets(path, name, "")
    found: list[Found] = []
    tables = [content for content in contents if content.is_table]
    for content in tables[:MOST_TABLES]:
        called = content.path.rsplit("/", 1)[-1]
        try:
            with unpacked(path, content.member) as inner:
                found += _sheets(inner, called, content.member)
        except Refused as refusal:
            if refusal.code != "table.only_header":
                found.append(Found(content.member, "", called, str(refusal.message)))
    message = _("An archive may hold %(number)d tables; deliver the others in a second one.") % {"number": MOST_TABLES}
    found += [Found(entry.member, "", entry.path.rsplit("/", 1)[-1], str(message)) for entry in tables[MOST_TABLES:]]
    if not contents:
        raise Refused("move.no_tables", _("This archive holds no tables. Choose the export itself."))
    return found


@contextmanager
def opened(path: Path, member: str, sheet: str) -> Iterator[Opened]:
    """Open one table of a delivered file for the time of the block; raise ``Refused`` when it cannot be read."""
    if member:
        with unpacked(path, member) as inner, _opened(inner, sheet) as table:
            yield table
        return
    with _opened(path, sheet) as table:
        yield table


@contextmanager
def _opened(path: Path, sheet: str) -> Iterator[Opened]:
    if _is_json(path):
        yield _records(path)
        return
    with open_table(path, sheet=sheet or None) as table:
        yield Opened(table.columns, _numbered(table))


def _numbered(table: Table) -> Iterator[tuple[int, list[Cell]]]:
    width = len(table.columns)
    for row in table.numbered_rows():
        if row.surplus:
            yield row.number, [*row.cells, *row.surplus]
        elif row.missing * 2 >= width > 2:
            yield row.number, row.cells[: width - row.missing]
        else:
            yield row.number, row.cells


def contents_in(path: Path) -> list[Content] | None:
    """Return the files in an archive; None for what is no archive or is a document itself."""
    with path.open("rb") as file:
        if file.read(4) != _ZIP:
            return None
        file.seek(0)
        with checked_archive(file, Limits()) as archive:
            members = archive.infolist()
    if {"[Content_Types].xml", "mimetype"} & {member.filename for member in members}:
        return None
    named = sorted((_shown_path(member), member.filename) for member in members if not member.is_dir())
    return [Content(member, shown, _is_table(shown)) for shown, member in named if not _is_carried_along(shown)]


def _shown_path(member: zipfile.ZipInfo) -> str:
    """Return the path of a member; packers on Chinese desktops write it in their own encoding without saying so."""
    if member.flag_bits & _UTF8_NAME:
        return member.filename
    written_as = member.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return written_as.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _is_table(path: str) -> bool:
    folders = {folder.casefold() for folder in path.split("/")[:-1]}
    return path.lower().endswith(TABLE_ENDINGS) and not folders & CONTENT_FOLDERS


def _is_carried_along(path: str) -> bool:
    """Say whether an archive has a file only because of how it was packed."""
    return path.startswith("__MACOSX/") or path.rsplit("/", 1)[-1].startswith(".") or path.endswith("Thumbs.db")


@contextmanager
def unpacked(path: Path, member: str) -> Iterator[Path]:
    """Give a file of an archive as a path for the time of the block; raise ``Refused`` when it is damaged."""
    ending = Path(member).suffix[:10]
    with path.open("rb") as file, tempfile.NamedTemporaryFile(prefix="banyan-move-", suffix=ending) as copy:
        try:
            with checked_archive(file, Limits()) as archive, archive.open(member) as content:
                shutil.copyfileobj(content, copy)
        except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
            raise Refused(
                "move.broken_archive",
                _("This archive is damaged or was not downloaded completely. Download it again and choose it anew."),
                reason=str(error),
            ) from None
        copy.flush()
        yield Path(copy.name)


def _sheets(path: Path, name: str, member: str) -> list[Found]:
    if _is_json(path):
        _records(path)
        return [Found(member, "", name)]
    with open_table(path) as table:
        sheets = list(table.sheets)
        first = table.sheet or ""
    if len(sheets) <= 1:
        return [Found(member, first, name)]
    found = []
    for sheet in sheets[:MOST_TABLES]:
        try:
            with open_table(path, sheet=sheet):
                found.append(Found(member, sheet, sheet))
        except Refused as refusal:
            if refusal.code not in {"table.empty", "table.only_header"}:
                found.append(Found(member, sheet, sheet, str(refusal.message)))
    return found


def _is_json(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(200)
    text = head.decode(_json_encoding(head), errors="ignore").lstrip()
    return text.startswith(("[{", '{"', "{\n", "{\r", "[\n", "[ {", "{ ", "[\r"))


def _json_encoding(head: bytes) -> str:
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _records(path: Path) -> Opened:
    """Read records as interfaces answer with them: a list, or an object that holds some, of which the longest counts.

    The file is read to the end before, so that a half one is refused; its records are never all in memory.
    """
    columns: dict[str, dict[str, None]] = {}
    counts: dict[str, int] = {}
    try:
        for name, record in _listed_records(path):
            counts[name] = counts.get(name, 0) + 1
            columns.setdefault(name, {}).update(dict.fromkeys(_flat(record)))
    except (ValueError, RecursionError):
        raise Refused(
            "move.broken_json",
            _("This JSON file is damaged or was not downloaded completely. Download it again and choose it anew."),
        ) from None
    if not counts:
        raise Refused("table.empty", _("This file holds no records. Check that you chose the right file."))
    longest = max(counts, key=lambda name: counts[name])
    names = list(columns[longest])
    flat = (_flat(record) for name, record in _listed_records(path) if name == longest)
    return Opened(names, ((number, [record.get(name) for name in names]) for number, record in enumerate(flat, 1)))


def _listed_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every record of every list in a file, with the name that the list has."""
    with path.open("rb") as file:
        encoding = _json_encoding(file.read(4))
    with path.open(encoding=encoding) as text:
        reader = _JsonReader(text)
        if reader.peek() == "[":
            yield from (("", record) for record in reader.elements() if isinstance(record, dict))
        else:
            yield from reader.lists()
        if reader.peek():
            raise ValueError("more than one document")


class _JsonReader:
    """Reads a document value by value; no more of it is in memory than the value that is being read."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._position = 0
        self._decoder = json.JSONDecoder(parse_float=Decimal)

    def peek(self) -> str:
        """Return the next character that is no blank; an empty text at the end."""
        while True:
            while self._position < len(self._buffer):
                if not self._buffer[self._position].isspace():
                    return self._buffer[self._position]
                self._position += 1
            if not self._more():
                return ""

    def lists(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the records in the lists of an object."""
        self._take("{")
        while self.peek() != "}":
            name = str(self._value())
            self._take(":")
            if self.peek() == "[":
                yield from ((name, record) for record in self.elements() if isinstance(record, dict))
            else:
                self._value()
            if self.peek() != "}":
                self._take(",")
        self._take("}")

    def elements(self) -> Iterator[Any]:
        """Yield the values of a list."""
        self._take("[")
        while self.peek() != "]":
            yield self._value()
            if self.peek() != "]":
                self._take(",")
        self._take("]")

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise ValueError(f"{character} is missing")
        self._position += 1

    def _value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._position)
            except ValueError:
                if not self._more():
                    raise
                continue
            if end < len(self._buffer):
                self._position = end
                return value
            # A number at the end of what was read may go on; reading on moves what is left to the front.
            length = end - self._position
            if not self._more():
                self._position = length
                return value

    def _more(self) -> bool:
        piece = self._text.read(max(PIECE_CHARACTERS, len(self._buffer) - self._position))
        self._buffer, self._position = self._buffer[self._position :] + piece, 0
        return bool(piece)


#: Under these, interfaces keep the values of a record itself.
_WRAPPERS = ("properties", "attributes", "fields")


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, Cell]:
    flat: dict[str, Cell] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat |= _flat(value, prefix if name in _WRAPPERS and not prefix else f"{prefix}{name}.")
        elif isinstance(value, list):
            simple = [str(entry) for entry in value if not isinstance(entry, (dict, list))]
            flat[f"{prefix}{name}"] = ";".join(simple) or None
        elif isinstance(value, (str, int, bool, Decimal)) or value is None:
            flat[f"{prefix}{name}"] = value
    return flat
