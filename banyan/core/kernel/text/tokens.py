"""Search text for PostgreSQL: what a record is found by, and what a user's words look for.

The database only stores and compares; every rule about words is here, in Python, for both sides.
Lexemes of one record are words, CJK characters and pinyin syllables two by two, ``~`` with three
initials in a row, phone numbers by four digits, e-mail addresses whole and in parts, and ``^`` with
the first one and two characters of its name. Short pieces are shared by many records, which keeps the
index a third of the size it has with whole spellings, and as much faster to fill. Queries end in
``word:*``, so that each of them matches while it is being typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from operator import add
from typing import Final

from banyan.core.kernel.text import pinyin
from banyan.core.kernel.text.folding import CJK_RANGES, fold, letters_and_digits
from banyan.core.kernel.text.phone import chinese_e164

LONGEST_LEXEME: Final = 64
MOST_LEXEMES: Final = 400
MOST_TERMS: Final = 16
#: A text vector may have a megabyte; this is a third of it.
MOST_DOCUMENT_LEXEMES: Final = 25_000
_DOCUMENT_PIECE: Final = 50_000
_LONGEST_NAME: Final = 64
_LONGEST_BODY: Final = 4000
_LONGEST_QUERY: Final = 200
_NAME_START: Final = "^"
_NAME_STARTS: Final = 2
_INITIALS: Final = "~"
_INITIALS_TOGETHER: Final = 3
# Positions in a name from where it is found by sound, and pieces of such a query that are looked at.
_SOUND_STARTS: Final = 8
_SOUND_PIECES: Final = 4
_SHORTEST_FRAGMENT: Final = 4
_SHORTEST_PHONE: Final = 7
_LONGEST_PHONE: Final = 20
_LENGTH_OF_MOBILE: Final = len("+8613812345678")

# No quote and no backslash can be part of a lexeme, which is why none needs escaping; an address
# with an apostrophe is therefore kept in parts only.
_JOINTS: Final = "[-_./'’&+@]"
_WORD: Final = rf"[^\W_{CJK_RANGES}]+"
_JOINED_WORD: Final = rf"{_WORD}(?:{_JOINTS}{_WORD})*"
_TOKENS: Final = re.compile(rf"[{CJK_RANGES}]+|{_JOINED_WORD}")
_ASCII_TOKENS: Final = re.compile(rf"[a-z0-9]+(?:{_JOINTS}[a-z0-9]+)*")
_CJK_RUN: Final = re.compile(rf"[{CJK_RANGES}]")
_PARTS: Final = re.compile(_WORD)
_ASCII_PARTS: Final = re.compile(r"[a-z0-9]+")
_NUMBER: Final = r"(?<!\w)\+?\(?\d(?:[\d\s().+-]{%s,}\d)(?!\w)"
_PHONE: Final = re.compile(_NUMBER % (_SHORTEST_PHONE - 2), re.ASCII)
_QUERY_TOKENS: Final = re.compile(
    rf"(?P<digits>{_NUMBER % (_SHORTEST_FRAGMENT - 2)})|(?P<cjk>[{CJK_RANGES}]+)"
    rf"|(?P<domain>(?<!\S)@{_WORD}(?:[.-]{_WORD})*)|(?P<word>{_JOINED_WORD})"
)
_BETWEEN_CJK: Final = re.compile(rf"(?<=[{CJK_RANGES}])[()\[\]·・\-\"“”《》【】〔〕&]+(?=[{CJK_RANGES}])")
_NOT_IN_ADDRESS: Final = frozenset("'’/&")
_PHONE_STARTS: Final = frozenset("+(0123456789")
_NOT_DIGIT: Final = re.compile(r"\D+", re.ASCII)
_NOT_DIALLED: Final = re.compile(r"[^\d+]+", re.ASCII)

# What follows from a name by rule ranks one weight below the name itself.
_LOWER_WEIGHT: Final = {"A": "B", "B": "C", "C": "D", "D": "D"}


def search_lexemes(weighted: Iterable[tuple[str, str]]) -> str:
    """Return the lexemes of one record in the text form of ``tsvector``, ready for ``::tsvector``.

    ``weighted`` holds pairs of a text and its weight: ``A`` for the record's name, ``B`` for other
    names, phones, e-mail and numbers, ``C`` for other short fields, ``D`` for long text. Only A and
    B of at most 64 characters get pinyin, only A gets name starts. At most ``MOST_LEXEMES`` lexemes
    are kept, the heaviest first.
    """
    by_weight: dict[str, list[str]] = {"A": [], "B": [], "C": [], "D": []}
    for text, weight in weighted:
        if not text:
            continue
        folded = fold(text[:_LONGEST_BODY])
        if len(folded) > _LONGEST_NAME:
            by_weight[weight] += _words(folded)
        elif weight == "D":
            by_weight[weight] += _words_of_short_text(folded)
        else:
            _add_short_text(by_weight, folded, weight)
    room = MOST_LEXEMES
    written: list[str] = []
    for weight, lexemes in by_weight.items():
        kept = list(dict.fromkeys(lexemes))[:room]
        room -= len(kept)
        if kept:
            mark = f"':1{weight}"
            written.append("'" + f"{mark} '".join(kept) + mark)
    return " ".join(written)


def document_lexemes(text: str) -> str:
    """Return the lexemes of a long text, such as a contract's, in the text form of ``tsvector``, all of weight D.

    It has no pinyin: a text is found by its words. ``MOST_DOCUMENT_LEXEMES`` different ones are kept,
    those that come first.
    """
    lexemes: dict[str, None] = {}
    for start in range(0, len(text), _DOCUMENT_PIECE):
        lexemes.update(dict.fromkeys(_words(fold(text[start : start + _DOCUMENT_PIECE]))))
        if len(lexemes) >= MOST_DOCUMENT_LEXEMES:
            break
    return " ".join(f"'{lexeme}':1D" for lexeme in list(lexemes)[:MOST_DOCUMENT_LEXEMES])


def search_query(text: str) -> str:
    """Return what a user typed in the text form of ``tsquery``, ready for ``::tsquery``.

    All words must be found. A Latin word matches the start of a word, of a pinyin spelling or of
    initials; Chinese matches anywhere; four or more digits match inside a phone number. The result
    is empty when nothing can be searched for, and no input raises.
    """
    folded = fold(text[:_LONGEST_QUERY])
    terms: list[str] = []
    for match in _QUERY_TOKENS.finditer(folded):
        terms.extend(_query_terms(match.lastgroup or "", match.group()))
        if len(terms) >= MOST_TERMS:
            break
    distinct = list(dict.fromkeys(terms))[:MOST_TERMS]
    if len(distinct) == 1 and len(folded.strip()) == 1 and folded.strip().isascii():
        # One letter begins a large part of all words; what people mean is a name that starts with it.
        return f"'{_NAME_START}{folded.strip()}'"
    return " & ".join(distinct)


def starts_with_query(text: str) -> str:
    """Return the ``tsquery`` for names, pinyin or initials that start with the text; empty when there is none.

    It narrows ``search_query`` and serves the first, best-ranked part of a result.
    """
    compact = letters_and_digits(text[:_LONGEST_QUERY])
    if not compact or not _TOKENS.search(compact):
        return ""
    start = f"'{_NAME_START}{compact[:_NAME_STARTS]}'"
    whole = search_query(text) if len(compact) > _NAME_STARTS else ""
    return f"{start} & {whole}" if whole else start


def rank_key(title: str, query: str) -> tuple[int, int, str]:
    """Return a sort key for a short list of hits: the smaller, the better the title fits the query.

    Order: the title itself, titles that start with it, titles that contain it, the same three by
    pinyin, everything else; then shorter before longer titles.
    """
    return rank_of(title, letters_and_digits(query))


def rank_of(title: str, wanted: str) -> tuple[int, int, str]:
    """Return what ``rank_key`` does for the letters and digits of a query, which need finding only once for many titles."""
    name = letters_and_digits(title)
    place = _place_of(wanted, name)
    # No sound of a character is a digit.
    if place is None and wanted.isascii() and not name.isascii() and not wanted.isdigit():
        parts = pinyin.units(title)
        for spelled in pinyin.spellings(parts):
            for sound in ("".join(spelled), "".join(pinyin.initials_by_part(parts, spelled))):
                by_sound = _place_of(wanted, sound)
                if by_sound is not None:
                    place = min(3 + by_sound, 9 if place is None else place)
    return (9 if place is None else place, len(name), name)


def _place_of(wanted: str, name: str) -> int | None:
    if not wanted or wanted not in name:
        return None
    if name == wanted:
        return 0
    return 1 if name.startswith(wanted) else 2


def _add_short_text(by_weight: dict[str, list[str]], folded: str, weight: str) -> None:
    lexemes = by_weight[weight]
    if folded.isascii():
        if weight != "A" and len(folded) == _LENGTH_OF_MOBILE and folded.startswith("+861") and folded[1:].isdecimal():
            # What the rules below make of it, for the form in which most phones are stored.
            lexemes.append(folded[1:])
            lexemes += _fours(folded[1:])
            return
        lexemes += _words(folded) if weight != "C" else _words_of_short_text(folded)
    else:
        # 字节跳动（北京）科技 is also looked for without its brackets.
        folded = folded if folded.isalnum() else _BETWEEN_CJK.sub("", folded)
        lexemes += _words(folded)
        if weight in "AB":
            by_weight[_LOWER_WEIGHT[weight]] += _sounds(folded, has_name_starts=weight == "A")
    if folded[0:1] in _PHONE_STARTS:
        for number in _PHONE.findall(folded):
            lexemes += _phone_fragments(number)
    if weight == "A":
        lexemes += _name_starts(folded if folded.isalnum() else letters_and_digits(folded))


def _words(folded: str) -> list[str]:
    lexemes: list[str] = []
    for token in (_ASCII_TOKENS if folded.isascii() else _TOKENS).findall(folded):
        if token.isalnum():
            if not token.isascii() and _CJK_RUN.match(token):
                # The slice at the end is the last character alone; the others are found as the start of a pair.
                lexemes += [token[index : index + 2] for index in range(len(token))]
                continue
            lexemes.append(token[:LONGEST_LEXEME])
            if token[0] == "0":
                lexemes += _without_leading_zeros(token)
        else:
            lexemes += _joined_words(token)
    return lexemes


# Many records hold the same short notes, sources and trades.
@lru_cache(maxsize=1_024)
def _words_of_short_text(folded: str) -> tuple[str, ...]:
    return tuple(_words(folded))


def _joined_words(token: str) -> list[str]:
    parts = _parts(token)
    lexemes = [part[:LONGEST_LEXEME] for part in parts]
    if _is_address(token):
        return [*lexemes, token[:LONGEST_LEXEME], token[token.rindex("@") :][:LONGEST_LEXEME]]
    numbers = [part for part in parts if part.isdecimal()]
    if numbers:
        for number in numbers:
            lexemes += _without_leading_zeros(number)
        lexemes.append("".join(numbers)[:LONGEST_LEXEME])
    return [*lexemes, "".join(parts)[:LONGEST_LEXEME]]


def _parts(token: str) -> list[str]:
    return (_ASCII_PARTS if token.isascii() else _PARTS).findall(token)


def _is_address(token: str) -> bool:
    local, _, domain = token.partition("@")
    return bool(local) and "." in domain and "@" not in domain and _NOT_IN_ADDRESS.isdisjoint(token)


def _without_leading_zeros(number: str) -> list[str]:
    stripped = number.lstrip("0")
    return [stripped[:LONGEST_LEXEME]] if stripped and stripped != number else []


def _phone_fragments(number: str) -> list[str]:
    dialled = _NOT_DIALLED.sub("", number)
    return _fours((chinese_e164(dialled) or dialled).removeprefix("+").removeprefix("00")[:_LONGEST_PHONE])


def _fours(digits: str) -> list[str]:
    return [digits[start : start + _SHORTEST_FRAGMENT] for start in range(len(digits) - _SHORTEST_FRAGMENT + 1)]


def _name_starts(compact: str) -> list[str]:
    return [_NAME_START + compact[:length] for length in range(1, min(_NAME_STARTS, len(compact)) + 1)]


def _sounds(folded: str, *, has_name_starts: bool) -> list[str]:
    lexemes: list[str] = []
    parts, spellings = pinyin.spellings_of_folded(folded)
    for spelled in spellings:
        pairs = list(map(add, spelled[:_SOUND_STARTS], spelled[1 : _SOUND_STARTS + 1]))
        if len(spelled) <= _SOUND_STARTS:
            pairs.append(spelled[-1])
        initials = "".join(pinyin.initials_by_part(parts, spelled))
        starts = range(min(_SOUND_STARTS, len(initials)))
        lexemes += pairs
        lexemes += [_INITIALS + initials[start : start + _INITIALS_TOGETHER] for start in starts]
        if has_name_starts:
            lexemes += _name_starts(initials)
            lexemes += _name_starts(pairs[0])
    return lexemes


def _query_terms(kind: str, token: str) -> list[str]:
    if kind == "cjk":
        if len(token) == 1:
            return [_prefix(token)]
        return [f"'{token[index : index + 2]}'" for index in range(len(token) - 1)]
    if kind == "digits":
        return [_digits_term(token)]
    parts = _parts(token)
    if len(parts) == 1 and kind == "word":
        return [_word_term(token)]
    # What stands before a joint is complete, only the last part may still be growing.
    together = _all_of([*(f"'{part[:LONGEST_LEXEME]}'" for part in parts[:-1]), _prefix(parts[-1])])
    if kind == "domain" or _is_address(token):
        return [_any_of([_prefix(token), together])]
    return [_any_of([_prefix("".join(parts)), together])]


def _word_term(word: str) -> str:
    readings = [_prefix(word)]
    if not word.isascii() or not word.isalpha() or len(word) == 1:
        return readings[0]
    if len(word) < _INITIALS_TOGETHER:
        readings.append(_prefix(_INITIALS + word))
    else:
        pieces = range(min(len(word) - _INITIALS_TOGETHER + 1, _SOUND_PIECES))
        readings.append(_all_of([f"'{_INITIALS}{word[start : start + _INITIALS_TOGETHER]}'" for start in pieces]))
    for cut in pinyin.segmentations(word, most_syllables=_SOUND_PIECES + 1):
        # One or two syllables are the start of a lexeme anyway.
        if len(cut) > 2:
            *complete, last = [one + other for one, other in pairwise(cut)]
            readings.append(_all_of([*(f"'{pair}'" for pair in complete), _prefix(last)]))
    return _any_of(list(dict.fromkeys(readings)))


def _digits_term(token: str) -> str:
    digits = _NOT_DIGIT.sub("", token)
    readings = [_prefix(digits)]
    # The trunk zero and the international 00 are dialled, but are no part of the stored number.
    for dialled in dict.fromkeys((digits, digits.lstrip("0"))):
        if len(dialled) > _SHORTEST_FRAGMENT:
            readings.append(_all_of([f"'{four}'" for four in _fours(dialled[:_LONGEST_PHONE])]))
        elif dialled != digits and len(dialled) >= _SHORTEST_FRAGMENT - 1:
            readings.append(_prefix(dialled))
    parts = _parts(token)
    if len(parts) > 1:
        readings.append(_all_of([_prefix(part) for part in parts]))
    return _any_of(readings)


def _all_of(terms: list[str]) -> str:
    return " & ".join(terms)


def _any_of(readings: list[str]) -> str:
    if len(readings) == 1:
        return readings[0]
    return "(" + " | ".join(f"({reading})" if " & " in reading else reading for reading in readings) + ")"


def _prefix(lexeme: str) -> str:
    return f"'{lexeme[:LONGEST_LEXEME]}':*"
