"""What kind of field a column would make, for columns that become custom fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from banyan.core.kernel.text.folding import letters_and_digits
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.parsing.blanks import is_blank
from banyan.core.transfer.shapes import Shape, shape_of

_LONGEST_TEXT = 120
_MOST_OPTIONS = 20
_LONGEST_OPTION = 40
# Two words that come again and again are a choice; two words in three rows are chance.
_LEAST_REPEATS = 4
_LEAST_CELLS_FOR_CHOICE = 8


@dataclass(frozen=True, slots=True)
class KindGuess:
    """The kind of field, and for a choice its options, the most frequent first."""

    kind: str
    options: tuple[str, ...] = ()


def guess_kind(samples: Sequence[Cell]) -> KindGuess:
    """Return the narrowest kind that holds every sample; ``text`` when there is nothing to go by.

    Blanks and their stand-ins ("-", "N/A", "无") are passed over. A single cell that does not fit
    widens the kind, because an import must not lose a value to a guess.
    """
    cells = [cell for cell in samples if not is_blank(cell)]
    shapes = Counter(map(shape_of, cells))
    if not shapes:
        return KindGuess("text")
    for kind, allowed in _NARROWEST_FIRST:
        if set(shapes) <= allowed and _is_plausible(kind, cells):
            return KindGuess(kind)
    texts = [str(cell).strip() for cell in cells]
    if any(len(text) > _LONGEST_TEXT or "\n" in text for text in texts):
        return KindGuess("long_text")
    return _choice_of(texts) or KindGuess("text")


def _choice_of(texts: Sequence[str]) -> KindGuess | None:
    spellings: dict[str, Counter[str]] = {}
    for text in texts:
        spellings.setdefault(letters_and_digits(text) or text, Counter())[text] += 1
    # "google" and "Google" are one option, in the spelling that most people use.
    counts = Counter({found.most_common(1)[0][0]: found.total() for found in spellings.values()})
    repeats = len(texts) / len(counts)
    few = len(counts) <= _MOST_OPTIONS and repeats >= _LEAST_REPEATS and len(texts) >= _LEAST_CELLS_FOR_CHOICE
    if not few or any(len(text) > _LONGEST_OPTION for text in counts):
        return None
    return KindGuess("choice", tuple(text for text, _ in counts.most_common()))


def _is_plausible(kind: str, cells: Sequence[Cell]) -> bool:
    if kind == "boolean":
        return len({str(cell).strip().casefold() for cell in cells}) <= 2
    if kind in ("integer", "decimal"):
        # A leading zero is part of a code ("0042"), and a number would lose it.
        return not any(isinstance(cell, str) and _has_leading_zero(cell) for cell in cells)
    return True


def _has_leading_zero(text: str) -> bool:
    bare = text.strip()
    return len(bare) > 1 and bare[0] == "0" and bare[1].isdecimal()


_NARROWEST_FIRST: tuple[tuple[str, frozenset[Shape]], ...] = (
    ("boolean", frozenset({Shape.BOOLEAN})),
    ("email", frozenset({Shape.EMAIL})),
    ("phone", frozenset({Shape.PHONE})),
    ("url", frozenset({Shape.URL})),
    ("date", frozenset({Shape.DATE})),
    ("datetime", frozenset({Shape.DATE, Shape.DATETIME})),
    ("integer", frozenset({Shape.INTEGER})),
    ("decimal", frozenset({Shape.INTEGER, Shape.DECIMAL})),
)
