"""Forgiving search: what somebody may have meant who typed one letter, or one character, wrong.

No index of its own is needed: a Latin word with a slip has few possible beginnings, and each of them is a
look-up in the index of the search words. In Chinese a slip is nearly always another character of the same
sound, so it is found by its pinyin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Final

from rapidfuzz.distance import OSA

from banyan.core.kernel.text import pinyin
from banyan.core.kernel.text.folding import fold, letters_and_digits
from banyan.core.kernel.text.tokens import search_query

# Shorter words have so many neighbours that a correction would be a guess.
_SHORTEST_WORD: Final = 4
_HEAD: Final = 5
_MOST_WORDS: Final = 3
_TWO_SLIPS_FROM: Final = 8
_LATIN_WORDS: Final = re.compile(r"[a-z]+")
_PLAIN: Final = re.compile(r"[a-z\s]+")


def forgiving_query(text: str) -> str:
    """Return the ``tsquery`` for records with words that may have been meant; empty when none can be guessed.

    It finds more than was meant: ``is_close`` says which titles are.
    """
    folded = fold(text).strip()
    if not folded.isascii():
        sound = pinyin.full(folded)
        return search_query(sound) if _LATIN_WORDS.fullmatch(sound) else ""
    words = folded.split()
    if not _PLAIN.fullmatch(folded) or len(words) > _MOST_WORDS or max(map(len, words)) < _SHORTEST_WORD:
        return ""
    return " & ".join(_any_beginning(word) if len(word) >= _SHORTEST_WORD else f"'{word}':*" for word in words)


def is_close(title: str, text: str) -> bool:
    """Say whether a title is what somebody may have meant: each word with one slip, two in long words.

    The last letters of a word need not have been typed. Chinese is close when it sounds the same.
    """
    folded = fold(text).strip()
    if not folded.isascii():
        sound = pinyin.full(folded)
        return bool(sound) and sound in pinyin.full(title)
    words = _LATIN_WORDS.findall(fold(title))
    spoken = _LATIN_WORDS.findall(pinyin.full(title)) if not title.isascii() else []
    return all(any(_is_slip(word, typed) for word in (*words, *spoken)) for typed in folded.split())


def _is_slip(word: str, typed: str) -> bool:
    allowed = 2 if len(typed) >= _TWO_SLIPS_FROM else 1 if len(typed) >= _SHORTEST_WORD else 0
    lengths = range(max(1, len(typed) - allowed), min(len(word), len(typed) + allowed) + 1)
    return any(OSA.distance(word[:length], typed, score_cutoff=allowed) <= allowed for length in lengths)


def _any_beginning(word: str) -> str:
    beginnings = dict.fromkeys(beginning[:_HEAD] for beginning in _neighbours(word[: _HEAD + 1]))
    return "(" + " | ".join(f"'{beginning}':*" for beginning in beginnings) + ")"


def _neighbours(head: str) -> Iterator[str]:
    """Yield a beginning with one letter too many, missing, changed or swapped; the first letter is mostly right."""
    yield head[: _HEAD - 1]
    for at in range(len(head)):
        yield head[:at] + head[at + 1 :]
    for at in range(len(head) - 1):
        yield head[:at] + head[at + 1] + head[at] + head[at + 2 :]
    for at in range(1, min(len(head), _HEAD - 1)):
        for letter in ascii_lowercase:
            yield head[:at] + letter + head[at + 1 :]
            yield head[:at] + letter + head[at:]


def close_key(title: str, text: str) -> tuple[int, int, str]:
    """Return a sort key by which the title nearest to a mistyped text comes first."""
    name, wanted = letters_and_digits(title), letters_and_digits(text)
    if not wanted.isascii():
        name, wanted = pinyin.full(name), pinyin.full(wanted)
    return OSA.distance(name[: len(wanted)], wanted), len(name), name
