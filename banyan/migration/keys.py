"""Which columns of spreadsheets tell rows apart, and which name rows of another one by them: without the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from banyan.migration.sources import folded

#: So many rows say whether a column may hold ids; only the values of those that may are remembered.
LOOKED_AT = 1_000
LONGEST_KEY = 64
#: More different values are not compared: their digests would fill the memory.
MOST_VALUES = 500_000
#: So much of a column has to be found: less where its heading speaks of the other table.
LEAST_SHARE, LEAST_SHARE_RELATED = 0.9, 0.5
_CODES, _EVERY = 0.9, 0.99
_NOT_CODES = re.compile(r"\s|@|//|^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^-?\d+[.,]\d+$|%$")
_ID_WORDS = re.compile(r"(^|[^a-z])(id|no|nr|key|code|number|ref)$|id$|编号|编码|代码|单号|序号|主键|标识|唯一")


def is_called_id(heading: str) -> bool:
    """Say whether a heading speaks of an id."""
    return bool(_ID_WORDS.search(folded(heading)))


@dataclass
class Column:
    """A column that may hold ids: digests of its values, in how many rows it is filled, and of how many."""

    name: str
    values: set[int] = field(default_factory=set)
    filled: int = 0
    rows: int = 0
    is_unique: bool = True
    has_letters: bool = False

    @property
    def tells_rows_apart(self) -> bool:
        """Say whether (nearly) every row has a value of its own."""
        return self.is_unique and self.filled > 1 and self.filled >= self.rows * _EVERY


@dataclass(frozen=True)
class Reference:
    """A column whose values are found in a column of another table: so many ``found`` of so many ``different`` ones."""

    column: str
    key: str
    found: int
    different: int
    is_likely: bool


def id_columns(names: Sequence[str], rows: Iterable[Sequence[str]], *, passed_over: frozenset[str]) -> list[Column]:
    """Return the columns of a table that may hold ids, read to the end; dates, amounts, names and texts may not."""
    iterator = iter(rows)
    head = list(islice(iterator, LOOKED_AT))
    places = {
        position: Column(name)
        for position, name in enumerate(names)
        if name not in passed_over and _may_hold_ids(name, [row[position] for row in head if position < len(row)])
    }
    for row in chain(head, iterator):
        for position, column in places.items():
            column.rows += 1
            text = row[position] if position < len(row) else ""
            if text:
                _take(column, text)
    return [column for column in places.values() if column.values]


def _take(column: Column, text: str) -> None:
    digest = hash(text.casefold())
    column.filled += 1
    column.has_letters = column.has_letters or not text.isdigit()
    if digest in column.values:
        column.is_unique = False
    elif len(column.values) < MOST_VALUES:
        column.values.add(digest)
    else:
        column.is_unique = False


def _may_hold_ids(name: str, texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    if not filled or any(len(text) > LONGEST_KEY for text in filled):
        return False
    codes = sum(not _NOT_CODES.search(text) and any(letter.isdigit() for letter in text) for text in filled)
    return codes >= len(filled) * _CODES or (is_called_id(name) and not any(" " in text for text in filled))


def references(columns: Sequence[Column], keys: Sequence[Column], words: frozenset[str]) -> list[Reference]:
    """Return which columns name rows of another table by a column that tells these apart, the surest first.

    ``words`` are what the rows of the other table are called: a heading that has one of them speaks of them.
    """
    found = []
    for key in keys:
        if not key.tells_rows_apart:
            continue
        for column in columns:
            shared = len(column.values & key.values)
            related = _is_related(column.name, key.name, words)
            least = LEAST_SHARE_RELATED if related else LEAST_SHARE
            if column is key or not shared or shared < len(column.values) * least:
                continue
            if related or (is_called_id(key.name) and is_called_id(column.name)) or column.has_letters:
                found.append(Reference(column.name, key.name, shared, len(column.values), related))
    return sorted(found, key=lambda entry: (not entry.is_likely, -entry.found / entry.different))


def _is_related(name: str, key: str, words: frozenset[str]) -> bool:
    heading, of_key = folded(name), folded(key)
    return heading == of_key or any(word in heading for word in words if word)
