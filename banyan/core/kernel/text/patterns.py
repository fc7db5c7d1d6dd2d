"""Regular expressions that administrators write: only those whose matching takes a bounded time."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as codes
from re import _parser as parser
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Refused

LONGEST_PATTERN = 200
#: Longer texts fit no pattern; together with few repeats that bounds the time.
LONGEST_TEXT = 200
MOST_WAYS = 10_000_000
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_PLAIN = (
    codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN, codes.AT, codes.RANGE, codes.CATEGORY,
)  # fmt: skip


def check_pattern(pattern: str) -> str:
    """Return a pattern that is fit to be used; raise ``Refused`` when it is none, or could take for ever."""
    if len(pattern) > LONGEST_PATTERN:
        raise Refused("bad_pattern", _("A pattern has at most %(most)d characters.") % {"most": LONGEST_PATTERN})
    try:
        tree = parser.parse(pattern)
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as problem:
        message = _("“%(pattern)s” is no regular expression: %(problem)s")
        raise Refused("bad_pattern", message % {"pattern": pattern[:60], "problem": problem}) from None
    if _ways(tree, inside=False) > MOST_WAYS:
        raise Refused("slow_pattern", _("This pattern has too many repeats; write it more simply."))
    return pattern


@lru_cache(maxsize=500)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def fits_pattern(pattern: str, text: str) -> bool:
    """Say whether a whole text has the form that a pattern asks for."""
    return len(text) <= LONGEST_TEXT and _compiled(pattern).fullmatch(text) is not None


def _ways(tree: Any, *, inside: bool) -> int:
    """Return in how many ways a pattern's repeats can share a text at most; refuse what multiplies them further."""
    found = 1
    for code, given in tree:
        if code in _REPEATS:
            least, most, inner = given
            found *= min(int(most), LONGEST_TEXT) - min(int(least), LONGEST_TEXT) + 1
            found *= _ways(inner, inside=inside or most > 1)
            if inside and least != most:
                raise Refused("slow_pattern", _("A repeat inside a repeat can take for ever; write it more simply."))
        elif code is codes.SUBPATTERN:
            found *= _ways(given[-1], inside=inside)
        elif code is codes.BRANCH:
            if inside:
                raise Refused("slow_pattern", _("Alternatives inside a repeat can take for ever; use [...] instead."))
            found *= sum(_ways(branch, inside=inside) for branch in given[1])
        elif code not in _PLAIN:
            raise Refused("slow_pattern", _("Back references and looking around are not possible in a pattern."))
    return found
