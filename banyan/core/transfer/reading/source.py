"""What every format has in common: a file opened as raw rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from banyan.core.transfer.cells import NumberedCells


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost before it is refused.

    There is no limit of rows. ``unpacked_ratio`` applies above ``innocent_bytes`` only, because
    small files of equal rows compress very well in all innocence.
    """

    file_bytes: int = 2_000_000_000
    unpacked_bytes: int = 6_000_000_000
    unpacked_ratio: int = 300
    innocent_bytes: int = 64_000_000
    shared_text_bytes: int = 1_000_000_000
    columns: int = 1_000
    cell_characters: int = 1_000_000


class Source(ABC):
    """A file opened in one format: raw rows, with titles and blank rows still among them."""

    format: str
    encoding: str | None = None
    separator: str | None = None
    sheets: list[str]
    sheet: str | None = None
    unreadable_characters: int = 0
    # In text each cell is written, even an empty one; a workbook says nothing about cells it leaves out.
    writes_empty_cells: bool = False

    @abstractmethod
    def rows(self) -> Iterator[NumberedCells]:
        """Yield the rows from the top, in constant memory; may be called again and again."""

    @abstractmethod
    def estimate_rows(self) -> int:
        """Return about how many rows there are, cheaply."""

    def close(self) -> None:
        """Let go of what the format holds open beside the file itself."""
        return
