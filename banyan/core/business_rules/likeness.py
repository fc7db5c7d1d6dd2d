"""When two values count as the same, and the keys under which records that may be the same meet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from rapidfuzz import fuzz

from banyan.core.business_rules.choices import MatchKind
from banyan.core.kernel.text import pinyin
from banyan.core.kernel.text.companies import company_core
from banyan.core.kernel.text.email import normalize_email
from banyan.core.kernel.text.folding import fold, letters_and_digits
from banyan.core.kernel.text.phone import normalize_phone
from banyan.core.objects.spec import Field

#: From this ratio of 100 two texts are similar.
SIMILAR: Final = 85
_WORD: Final = re.compile(r"\w+")
_SOUNDS: Final = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556", "aeiouyhw")
#: Kinds whose values are words: only these can be similar, or the same but for spelling.
WORDED: Final = ("text", "long_text", "phone", "email", "url")
SIMILAR_KINDS: Final = ("text", "long_text")

Match = Mapping[str, str]


def kinds_for(entry: Field) -> tuple[str, ...]:
    """Return the ways in which values of a field can be compared; encrypted ones as wholes alone."""
    widget = entry.kind.widget
    if widget not in WORDED:
        return (MatchKind.EXACT,)
    if entry.is_sealed or widget not in SIMILAR_KINDS:
        return (MatchKind.EXACT, MatchKind.NORMALISED)
    return (MatchKind.EXACT, MatchKind.NORMALISED, MatchKind.FUZZY)


def can_match(entry: Field) -> bool:
    """Say whether records can be told apart by a field at all."""
    return not entry.kind.many and entry.kind.widget not in {"address", "file", "boolean", "lines"}


def key_of(matches: Sequence[Match], fields: Mapping[str, Field], values: Mapping[str, Any]) -> str:
    """Return the text that two records share when they may be the same; empty when a field is not filled."""
    parts = []
    for match in matches:
        entry = fields[match["field"]]
        value = values.get(entry.name)
        if entry.kind.is_empty(value):
            return ""
        part = _coarse(value) if match["kind"] == MatchKind.FUZZY else normal(entry, match["kind"], value)
        if not part:
            return ""
        parts.append(part)
    return "\n".join(parts)


def digest(text: str) -> str:
    """Return a key of fixed length; the words themselves do not lie in the table of keys."""
    return blake2b(text.encode(), digest_size=20).hexdigest()


def are_same(
    matches: Sequence[Match], fields: Mapping[str, Field], one: Mapping[str, Any], other: Mapping[str, Any]
) -> bool:
    """Say whether two records agree in all fields of a rule; an empty field agrees with nothing."""
    return all(_agree(fields[match["field"]], match["kind"], one, other) for match in matches)


def _agree(entry: Field, kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    first, second = one.get(entry.name), other.get(entry.name)
    if entry.kind.is_empty(first) or entry.kind.is_empty(second):
        return False
    if kind == MatchKind.FUZZY:
        return similarity(str(first), str(second)) >= SIMILAR
    return normal(entry, kind, first) == normal(entry, kind, second)


def normal(entry: Field, kind: str, value: Any) -> str:
    """Return the form in which equal values are equal."""
    written = str(entry.kind.to_json(value)).strip()
    if kind == MatchKind.EXACT or entry.kind.widget not in WORDED:
        return written
    if entry.kind.widget == "phone":
        return normalize_phone(written) or letters_and_digits(written)
    if entry.kind.widget == "email":
        return normalize_email(written) or fold(written)
    return letters_and_digits(written)


def similarity(one: str, other: str) -> float:
    """Return how similar two texts are, from 0 to 100: legal forms, order of words and case count for little."""
    first, second = _core(one), _core(other)
    if first == second:
        return 100
    if first.isascii() and second.isascii():
        return max(fuzz.ratio(first, second), fuzz.token_sort_ratio(first, second))
    ratio = fuzz.ratio(first, second)
    return max(ratio, 90.0) if pinyin.full(first) == pinyin.full(second) else ratio


def _core(text: str) -> str:
    return fold(company_core(text) or text).strip()


def _coarse(value: Any) -> str:
    """Return what similar texts have in common: how their first word sounds."""
    core = _core(str(value))
    if not core.isascii():
        return pinyin.full(core)[:4]
    words = sorted(_WORD.findall(core))
    first = words[0] if words else core
    sounds = first[:1] + first[1:].translate(_SOUNDS)
    return re.sub(r"(.)\1+", r"\1", sounds)[:3]
