"""Text with separated cells: CSV and its many relatives."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from banyan.core.transfer.cells import Cell, NumberedCells
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.encodings import DecodedText, decoded, raw_chunks
from banyan.core.transfer.reading.source import Limits, Source

# The full-width ones count for less: in Chinese text they are punctuation.
_SEPARATORS = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, "，": 0.6, "；": 0.6, "、": 0.4}
_SAMPLE_CHARACTERS = 200_000
_SAMPLE_RECORDS = 200
# Excel's own way to say which separator follows.
_DECLARED = re.compile(r"sep=(.)(?:\r\n|\n|\r)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
# Comes after the last line: a reader that hands it out inside another cell has lost a closing quote. No text can
# contain it, because NULs are taken out while decoding.
_END = "\x00"


class SeparatedText(Source):
    """CSV, TSV and the like, decoded and split while it is read."""

    format = "csv"
    writes_empty_cells = True

    def __init__(self, file: BinaryIO, *, encoding: str | None, separator: str | None, limits: Limits) -> None:
        """Find encoding and separator where they are not given; refuse binary content and bad choices."""
        if separator is not None and (len(separator) != 1 or separator in '"\r\n\0' or not _is_ordinary(separator)):
            raise refusals.bad_separator(separator)
        self._file = file
        self._limits = limits
        self._text: DecodedText = decoded(file, encoding)
        self.encoding = self._text.encoding
        self.sheets = []
        sample = _whole_lines(self._text)
        declared = _DECLARED.match(sample)
        self._skips_declaration = declared is not None
        sample = sample[declared.end() :] if declared else sample
        self._delimiter = separator or (declared[1] if declared else find_separator(sample))
        self.separator = self._delimiter
        self._skips_spaces = _has_spaces_after(self._delimiter, sample)

    @property
    def unreadable_characters(self) -> int:  # type: ignore[override]  # counted while decoding
        """How many characters could not be decoded so far."""
        return self._text.unreadable

    def rows(self) -> Iterator[NumberedCells]:
        """Yield each record with the line it begins in; raise ``Refused`` at a cell that never ends."""
        lines = _lines(self._text, self._limits.cell_characters)
        line = 0
        if self._skips_declaration:
            next(lines)
            line = 1
        reader = csv.reader(lines, delimiter=self._delimiter, skipinitialspace=self._skips_spaces)
        offset = line
        first = line + 1
        try:
            for record in reader:
                if record and record[-1].endswith(_END):
                    if record == [_END]:
                        return
                    raise refusals.endless_cell(first)
                cells: list[Cell] = [cell or None for cell in record]
                yield NumberedCells(first, cells)
                first = reader.line_num + offset + 1
        except csv.Error:
            raise refusals.endless_cell(first) from None

    def estimate_rows(self) -> int:
        """Return the number of lines."""
        line_feeds = carriage_returns = 0
        for chunk in raw_chunks(self._file):
            line_feeds += chunk.count(b"\n")
            carriage_returns += chunk.count(b"\r")
        return line_feeds or carriage_returns


def find_separator(sample: str) -> str:
    """Return the separator that splits the sample most evenly; a comma when nothing splits it."""
    rated = {separator: weight * _evenness(sample, separator) for separator, weight in _SEPARATORS.items()}
    best = max(rated, key=lambda separator: rated[separator])
    return best if rated[best] > 0 else ","


def _evenness(sample: str, separator: str) -> float:
    """Return how likely the separator is: the share of records of equal width, wider ones slightly preferred."""
    try:
        records = islice(csv.reader(io.StringIO(sample, newline=""), delimiter=separator), _SAMPLE_RECORDS)
        widths = Counter(len(record) for record in records if any(record))
    except csv.Error:
        return 0.0
    split = {width: count for width, count in widths.items() if width > 1}
    if not split:
        return 0.0
    width, count = max(split.items(), key=lambda pair: (pair[1], pair[0]))
    # Rows that fall short of the usual width by little are ragged, not evidence of another separator.
    near = sum(count for other, count in split.items() if abs(other - width) <= 1)
    share = (count + 0.5 * (near - count)) / sum(widths.values())
    return share**2 * (1 + min(width, 50) / 100) * _trust(sample, separator)


def _trust(sample: str, separator: str) -> float:
    """Return less than 1 for a comma that mostly stands inside numbers, as in "1,50;2,75"."""
    if separator != ",":
        return 1.0
    commas = sample.count(",")
    inside_numbers = len(_DECIMAL_COMMA.findall(sample))
    return 0.4 if commas and inside_numbers > 0.8 * commas else 1.0


def _has_spaces_after(separator: str, sample: str) -> bool:
    """Say whether the file writes "a, b": only then is the space not part of the cell."""
    separators = sample.count(separator)
    return separator not in " \t" and separators > 1 and sample.count(f"{separator} ") >= 0.95 * separators


def _is_ordinary(separator: str) -> bool:
    return separator == "\t" or separator.isprintable()


def _whole_lines(text: DecodedText) -> str:
    """Return the beginning of the text, cut after a line end unless it is all there is."""
    sample = ""
    for chunk in text.chunks():
        sample += chunk
        if len(sample) > _SAMPLE_CHARACTERS:
            end = max(sample.rfind("\n"), sample.rfind("\r"))
            return sample[: end + 1] if end > 0 else sample
    return sample


def _lines(text: DecodedText, longest: int) -> Iterator[str]:
    """Yield the lines with their ends, then the end mark on a line of its own."""
    rest = ""
    for chunk in text.chunks():
        lines = io.StringIO(rest + chunk, newline="").readlines()
        # The last one may be cut anywhere, even between the two characters of a Windows line end.
        rest = lines.pop() if lines else ""
        if len(rest) > 16 * longest:
            raise refusals.not_a_table()
        yield from lines
    if rest:
        yield rest if rest.endswith(("\n", "\r")) else rest + "\n"
    yield _END
