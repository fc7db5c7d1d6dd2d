"""From the text of an expression to its tree."""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext as _
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from banyan.core.expressions.values import BadExpression

LONGEST = 4_000

GRAMMAR = r"""
?start: or_
?or_: and_ (_OR and_)*
?and_: not_ (_AND not_)*
?not_: _NOT not_ -> negation
     | comparison
?comparison: joined (COMPARE joined)?
           | joined _IN _list -> among
           | joined _NOT _IN _list -> not_among
_list: "(" joined ("," joined)* ")" | "[" joined ("," joined)* "]"
?joined: sum ("&" sum)*
?sum: product (SIGN product)*
?product: power (TIMES power)*
?power: unary ("^" unary)*
?unary: SIGN unary -> signed
      | percent
?percent: atom PERCENT*
?atom: NUMBER -> number
     | TEXT -> text
     | TRUE -> true
     | FALSE -> false
     | NAME -> field
     | BRACED -> field
     | NAME "(" (or_ ("," or_)*)? ")" -> call
     | _AND "(" or_ ("," or_)+ ")" -> and_
     | _OR "(" or_ ("," or_)+ ")" -> or_
     | "(" or_ ")"

_AND.5: /(?:AND|且|并且)(?![\w.])/i
_OR.5: /(?:OR|或|或者)(?![\w.])/i
_NOT.5: /(?:NOT|非|不)(?![\w.])/i
_IN.5: /(?:IN|属于)(?![\w.])/i
TRUE.5: /(?:TRUE|真|是)(?![\w.])/i
FALSE.5: /(?:FALSE|假|否)(?![\w.])/i
NUMBER.4: /\d+(?:\.\d+)?|\.\d+/
NAME.3: /[^\W\d]\w*(?:\.[^\W\d]\w*)*/
BRACED: /\{[^{}]*\}/
TEXT: /"(?:[^"]|"")*"|'(?:[^']|'')*'/
COMPARE: "<=" | ">=" | "<>" | "!=" | "=" | "<" | ">"
SIGN: "+" | "-"
TIMES: "*" | "/"
PERCENT: "%"
%ignore /\s+/
"""

#: Characters that people write with a Chinese keyboard, or copy from documents, and what they mean.
MEANT = str.maketrans(
    {
        "、": ",", ";": ",", "；": ",", "×": "*", "÷": "/", "【": "[", "】": "]", "−": "-", "–": "-", "—": "-", "≠": "≠",
        "\u00a0": " ", "\u3000": " ",
    }
)  # fmt: skip
#: One sign for two characters; replaced so that positions stay, see ``_straightened``.
DOUBLE = {"≤": "<=", "≥": ">=", "≠": "<>"}
#: Marks that open a text, and those that close it.
QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』", "＂": "＂", "＇": "＇", "”": "”", "’": "’"}


_WORDS = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_TEXTS = re.compile(r"\"[^\"]*\"|'[^']*'")


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def read(text: str) -> tuple[Tree[Token], list[int]]:
    """Return the tree of an expression, and where each character of the text that was parsed stood in the given one.

    Raises ``BadExpression``.
    """
    if not text.strip():
        raise BadExpression("empty", _("Write a formula."), 0)
    if len(text) > LONGEST:
        message = _("The formula has %(length)d characters; at most %(most)d are allowed.")
        raise BadExpression("too_long", message % {"length": len(text), "most": LONGEST}, LONGEST)
    meant, places = _straightened(text)
    try:
        tree: Tree[Token] = _parser().parse(meant)
    except UnexpectedInput as problem:
        raise _explained(problem, meant, places) from None
    return tree, places


def names_in(text: str) -> list[str]:
    """Return all words of a text that may name fields, whether or not it is an expression."""
    return _WORDS.findall(_TEXTS.sub(" ", text))


def _straightened(text: str) -> tuple[str, list[int]]:
    """Return the text with plain quotes and punctuation, and for each of its characters the place in the original."""
    out: list[str] = []
    places: list[int] = []

    def add(piece: str, place: int) -> None:
        out.append(piece)
        places.extend([place] * len(piece))

    closing, mark, opened = "", '"', 0
    for place, sign in enumerate(text):
        if closing:
            # Some keyboards write the opening mark twice. A plain mark between curly ones is doubled, as if written so.
            if sign == closing or (closing == "”" and sign == "“" and "”" not in text[place:]):
                add(mark, place)
                closing = ""
            else:
                add('""' if sign == '"' and mark == '"' else sign, place)
        elif sign in QUOTES:
            closing, opened = QUOTES[sign], place
            mark = "'" if sign == "'" else '"'
            add(mark, place)
        elif sign in DOUBLE:
            add(DOUBLE[sign], place)
        else:
            add(_narrow(sign).translate(MEANT), place)
    if closing:
        raise BadExpression("open_text", _("The text that begins here is not closed."), opened)
    places.append(len(text))
    return "".join(out), places


def _narrow(sign: str) -> str:
    return chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign


def _explained(problem: UnexpectedInput, meant: str, places: list[int]) -> BadExpression:
    place: int = getattr(problem, "pos_in_stream", None) or 0
    if isinstance(problem, UnexpectedCharacters):
        message = _("“%(sign)s” has no meaning here.") % {"sign": meant[place : place + 1]}
        return BadExpression("unknown_sign", message, places[place])
    if isinstance(problem, UnexpectedToken) and problem.token.type == "$END":
        opened = _open_bracket(meant)
        if opened is not None:
            return BadExpression("open_bracket", _("The bracket that opens here is not closed."), places[opened])
        return BadExpression("incomplete", _("The formula ends too early: something is missing here."), places[-1])
    place = place if 0 <= place < len(meant) else len(meant)
    shown = meant[place : place + 20].split(" ", maxsplit=1)[0] or meant[place : place + 1]
    if isinstance(problem, UnexpectedToken):
        shown = str(problem.token)
    before = meant[:place].rstrip()
    if before.endswith("%"):
        message = _("“%” divides by a hundred, as in 5%. For the rest of a division write MOD(a, b).")
    elif before.endswith("=") and shown == "=":
        message = _("Write a single “=” to compare.")
    else:
        message = _("“%(shown)s” does not belong here.") % {"shown": shown}
    return BadExpression("misplaced", message, places[place])


def _open_bracket(meant: str) -> int | None:
    opened: list[int] = []
    closing = ""
    for place, sign in enumerate(meant):
        if closing:
            closing = "" if sign == closing else closing
        elif sign in "\"'":
            closing = sign
        elif sign in "([":
            opened.append(place)
        elif sign in ")]" and opened:
            opened.pop()
    return opened[-1] if opened else None
