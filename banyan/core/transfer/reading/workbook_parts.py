"""The parts of an XLSX workbook around its sheets: relations, list of sheets, formats, shared texts."""

from __future__ import annotations

import posixpath
import re
from array import array
from dataclasses import dataclass

from banyan.core.transfer.cells import NumberedCells, without_harmful
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.markup import Markup
from banyan.core.transfer.reading.numbers import NumberFormat, format_of
from banyan.core.transfer.reading.source import Limits

# The way in which workbooks write characters that XML cannot hold: _x000D_ is a carriage return.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; ``part`` is the name of its file in the archive."""

    name: str
    part: str
    is_visible: bool


class SharedStrings:
    """The texts that cells share, kept as bytes side by side: a tenth of the memory of as many objects."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def append(self, text: str) -> None:
        """Add the next text."""
        self._bytes += text.encode()
        self._ends.append(len(self._bytes))

    def __getitem__(self, index: int) -> str:
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode()

    def __len__(self) -> int:
        return len(self._ends) - 1


class Relations(Markup[object]):
    """The parts that a part refers to, by the id of the reference."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if name == "Relationship":
            target = posixpath.join("/", self._folder, attributes.get("Target", ""))
            self.targets[attributes.get("Id", "")] = posixpath.normpath(target).lstrip("/")

    def end(self, name: str) -> None:
        """Take the end of an element."""
        return


class Listing(Markup[object]):
    """The sheets of a workbook and the calendar of its dates."""

    def __init__(self, relations: dict[str, str]) -> None:
        super().__init__()
        self._relations = relations
        self.sheets: list[SheetEntry] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            part = self._relations.get(attributes.get("id", ""), "")
            # Charts and macros are listed among the sheets and hold no cells.
            if "worksheet" in part:
                is_visible = attributes.get("state", "visible") == "visible"
                self.sheets.append(SheetEntry(without_harmful(attributes.get("name", "")), part, is_visible))

    def end(self, name: str) -> None:
        """Take the end of an element."""
        return


class Styles(Markup[object]):
    """The number format of each cell style."""

    def __init__(self) -> None:
        super().__init__()
        self.formats: list[NumberFormat] = []
        self._codes: dict[int, str] = {}
        self._is_inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if name == "numFmt":
            self._codes[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._is_inside = True
        elif name == "xf" and self._is_inside:
            number = int(attributes.get("numFmtId", 0))
            self.formats.append(format_of(number, self._codes.get(number)))

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "cellXfs":
            self._is_inside = False


class TextReader(Markup[NumberedCells]):
    """Gathers the text of the element at hand, never more than a cell may hold."""

    has_prefixed_attributes = False

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._pieces: list[str] = []
        self._size = 0
        self._is_taking = False

    def text(self, text: str) -> None:
        """Take text if it belongs to the element at hand; refuse more than a cell may hold."""
        if self._is_taking:
            self._pieces.append(text)
            self._size += len(text)
            if self._size > self._limits.cell_characters:
                raise refusals.too_large(self._limits.cell_characters)

    def taken(self) -> str:
        """Return the text gathered since the last call."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return text


class StringsReader(TextReader):
    """Fills the shared texts, with the runs of differently formatted text joined."""

    def __init__(self, strings: SharedStrings, limits: Limits) -> None:
        super().__init__(limits)
        self._strings = strings
        self._is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if name == "t":
            # The reading aid above Chinese or Japanese characters is not part of the text.
            self._is_taking = not self._is_phonetic
        elif name == "rPh":
            self._is_phonetic = True

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "t":
            self._is_taking = False
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "si":
            self._strings.append(unescaped(without_harmful(self.taken())))


def unescaped(text: str) -> str:
    """Return the text with escaped characters resolved, harmless, and with one kind of line end."""
    if "_x" in text:
        text = without_harmful(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
    return text.replace("\r\n", "\n") if "\r" in text else text
