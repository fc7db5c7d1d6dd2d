"""The ZIP file: members are written one after the other, each with its checksum, in constant memory."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from banyan.core.transfer.cells import Cell
from banyan.core.transfer.exporting.files import SeparatedWriter

CHUNK_BYTES = 1024 * 1024


@dataclass
class Member:
    """A file in the archive: its size and checksum, and the rows in it if it is a table."""

    size: int
    sha256: str
    rows: int | None = None


@dataclass
class Archive:
    """A ZIP file that grows; ``members`` says what is in it already."""

    file: zipfile.ZipFile
    scratch: Path
    members: dict[str, Member] = field(default_factory=dict)

    def add(self, name: str, pieces: Iterable[bytes], *, rows: int | None = None, compressed: bool = True) -> None:
        """Append a file; contents that are packed already, such as pictures, need not be packed again."""
        entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        entry.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self.file.open(entry, "w", force_zip64=True) as target:
            for piece in pieces:
                target.write(piece)
                digest.update(piece)
                size += len(piece)
        self.members[name] = Member(size, digest.hexdigest(), rows)

    @contextmanager
    def table(self, name: str, headings: Sequence[str]) -> Iterator[TableWriter]:
        """Write ``name.csv`` and ``name.jsonl`` side by side; both are appended when the block ends."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            lines, cells = Path(folder) / "rows.jsonl", Path(folder) / "rows.csv"
            with SeparatedWriter(cells, headings, name) as separated, lines.open("wb") as target:
                writer = TableWriter(separated, target)
                yield writer
            for ending, path in ((".csv", cells), (".jsonl", lines)):
                self.add(f"{name}{ending}", pieces_of(path), rows=writer.count)


class TableWriter:
    """Takes the rows of a table one by one, for people as cells and for programs as an item."""

    def __init__(self, separated: SeparatedWriter, lines: Any) -> None:
        self._separated, self._lines = separated, lines
        self.count = 0

    def write(self, cells: Sequence[Cell], item: dict[str, Any]) -> None:
        """Write one row."""
        self._separated.write(cells)
        self._lines.write(as_json(item) + b"\n")
        self.count += 1


def as_json(value: Any) -> bytes:
    """Return JSON as the interface writes it: ids, days and instants as text, instants in UTC."""
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def pieces_of(path: Path) -> Iterator[bytes]:
    """Yield the content of a file in pieces of bounded size."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


@contextmanager
def new_archive(path: Path) -> Iterator[Archive]:
    """Write an archive that appears under its name only when it is complete, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as file:
            yield Archive(file, path.parent)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
