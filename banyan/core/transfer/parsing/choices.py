"""Yes and no, values of a list, and several values in one cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from banyan.core.kernel.text.folding import fold, letters_and_digits
from banyan.core.kernel.text.pinyin import full
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.parsing.unreadable import Unreadable, shortened

_YES = frozenset(
    ["是", "对", "有", "真", "已", "需要", "要", "yes", "y", "true", "t", "1", "on", "√", "✓", "✔", "☑", "✅"]
)
_NO = frozenset(
    [
        "否",
        "不是",
        "不",
        "错",
        "没有",
        "无",
        "假",
        "未",
        "不需要",
        "不要",
        "no",
        "n",
        "false",
        "f",
        "0",
        "off",
        "×",
        "✗",
        "✘",
        "☐",
        "❌",
    ]
)
_BETWEEN_VALUES = re.compile(r"[;；,，、|\n\r]+")
_LEAST_SIMILAR = 84


@dataclass(frozen=True, slots=True)
class ChoiceOption:
    """One value of a list: the code that is stored and the labels in every language."""

    code: str
    labels: tuple[str, ...] = ()


def parse_boolean(value: Cell) -> bool:
    """Return what a cell says: 是 or 否, yes or no, true or false, 1 or 0, √ or ×.

    Raises ``Unreadable`` with ``not_yes_or_no`` for anything else.
    """
    if isinstance(value, bool):
        return value
    word = fold(str(value)).strip().removesuffix(".0")
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable(
        "not_yes_or_no", format_lazy(_("“{value}” is neither yes nor no. Write yes or no."), value=shortened(value))
    )


def parse_choice(value: Cell, options: Sequence[ChoiceOption]) -> str:
    """Return the code of the option that a cell names by code, by a label in any language, or in pinyin.

    Case, width, accents, spaces, punctuation and traditional characters do not matter. Raises
    ``Unreadable`` with ``unknown_choice``; ``suggest_choice`` may know what was meant.
    """
    index = _index(tuple(options))
    text = str(value).strip()
    code = index.exact.get(text) or index.folded.get(_folded(text)) or index.spelled.get(_folded(text))
    if code is None:
        raise Unreadable(
            "unknown_choice",
            format_lazy(
                _("“{value}” is not in the list. Choose one of the values in the list, or add this one."),
                value=shortened(value),
            ),
        )
    return code


def suggest_choice(value: Cell, options: Sequence[ChoiceOption]) -> str | None:
    """Return the code of the option that a misspelt cell probably means, to be confirmed by a person; or None."""
    index = _index(tuple(options))
    found = process.extractOne(_folded(str(value)), list(index.folded), scorer=fuzz.ratio, score_cutoff=_LEAST_SIMILAR)
    return index.folded[found[0]] if found else None


def split_multiple(value: Cell) -> list[str]:
    """Return the values that one cell lists, each once, in their order; set apart by ; , 、 | or line breaks."""
    if value is None:
        return []
    parts = (part.strip() for part in _BETWEEN_VALUES.split(str(value)))
    return list(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class _Index:
    """The options by everything that may stand for them, worked out once per list."""

    exact: dict[str, str]
    folded: dict[str, str]
    spelled: dict[str, str]


@lru_cache(maxsize=256)
def _index(options: tuple[ChoiceOption, ...]) -> _Index:
    index = _Index({}, {}, {})
    for option in options:
        for name in (option.code, *option.labels):
            index.exact.setdefault(name, option.code)
            index.folded.setdefault(_folded(name), option.code)
            if not name.isascii():
                index.spelled.setdefault(_folded(full(name)), option.code)
    return index


def _folded(text: str) -> str:
    # A label of punctuation alone ("+1", "C++" against "C") must not fold to nothing or to its neighbour.
    bare = letters_and_digits(text)
    symbols = "".join(character for character in text if character in "+-#*<>=")
    return bare + symbols if symbols and not set(symbols) <= {"-"} else bare or text
