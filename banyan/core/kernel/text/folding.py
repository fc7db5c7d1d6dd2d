"""One spelling for texts that people consider the same: case, width, accents and Chinese script do not count."""

from __future__ import annotations

import unicodedata
from typing import Final

from banyan.core.kernel.text.tables import simplified

# Scripts written without spaces between words: Chinese, kana, bopomofo and Hangul syllables.
CJK_RANGES: Final = (
    "\u3005-\u3007\u3041-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)

# Letters that Unicode does not take apart although people type them without the stroke.
_STROKED: Final = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
_ACCENTS: Final = range(0x0300, 0x0370)
_CACHED_CHARACTERS: Final = 60_000


class _FoldTable(dict[int, str]):
    """A table for ``str.translate`` that learns each character when it first meets it."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _CACHED_CHARACTERS:
            self[code] = folded
        return folded


def _fold_character(character: str) -> str:
    if unicodedata.category(character) in {"Cs", "Cf", "Co", "Cn"}:
        return ""
    if unicodedata.category(character) == "Cc":
        return " "
    wide = unicodedata.normalize("NFKC", character).casefold()
    bare = "".join(part for part in unicodedata.normalize("NFKD", wide) if ord(part) not in _ACCENTS)
    whole = unicodedata.normalize("NFC", bare)
    table = simplified()
    return "".join(_STROKED.get(part, table.get(part, part)) for part in whole)


_table: Final = _FoldTable()


def fold(text: str) -> str:
    """Return the form in which two spellings of the same words are equal.

    Folded are case, full and half width, Latin accents, traditional characters, control and
    invisible characters; punctuation and spaces stay. Folding twice changes nothing.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text.translate(_table))


def letters_and_digits(text: str) -> str:
    """Return the folded text without spaces, punctuation and symbols."""
    folded = fold(text)
    if folded.isalnum():
        return folded
    return "".join(character for character in folded if character.isalnum())
