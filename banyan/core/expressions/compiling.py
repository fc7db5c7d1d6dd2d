"""From the tree of an expression to something that can be evaluated, with all types checked beforehand.

Empty values: sums, products and functions of an empty value are empty; joined to a text it adds nothing; ``MIN``,
``MAX`` and ``COALESCE`` pass over it; nothing is smaller or greater than it, and it equals only another empty value;
as a condition it does not hold.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from lark import Token, Tree

from banyan.core.expressions.functions import FUNCTIONS, Function, Node, Run
from banyan.core.expressions.library import shifted
from banyan.core.expressions.reading import read
from banyan.core.expressions.values import (
    ARITHMETIC,
    READERS,
    BadExpression,
    Moment,
    Situation,
    Type,
    as_day,
    as_text,
    bounded,
    compute,
    written,
)

DEEPEST = 40
ORDERED = frozenset({Type.NUMBER, Type.TEXT, Type.DATE, Type.DATETIME})
DAYLIKE = frozenset({Type.DATE, Type.DATETIME})
#: By the path of a field: the values it may have, by code, with their labels.
Choices = Callable[[str], Mapping[str, str] | None]
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """A field in the text of an expression: where its name begins and ends."""

    path: str
    start: int
    end: int


@dataclass(frozen=True)
class Compiled:
    """An expression that is fit to be evaluated.

    ``text`` is what was given, with the real names of fields and the codes of choices. ``type`` is None when it can
    only be empty. ``codes`` are the values of choices that it compares with, by field; the positions of
    ``references`` are those in the given text.
    """

    text: str
    type: Type | None
    references: tuple[Reference, ...]
    codes: frozenset[tuple[str, str]]
    is_volatile: bool
    run: Run

    @property
    def paths(self) -> frozenset[str]:
        """Return the fields it asks for, those of linked records written ``link.field``."""
        return frozenset(reference.path for reference in self.references)

    def evaluate(self, values: Callable[[str], Any], moment: Moment) -> Any:
        """Return the value; ``values`` returns that of a path, None for an empty one. Never fails, is quickly done."""
        found = self.run(Situation(values, moment))
        return None if found == "" else found


def compile_expression(
    text: str,
    types: Callable[[str], Type | None],
    *,
    choices: Choices | None = None,
    named: Callable[[str], str] | None = None,
) -> Compiled:
    """Return an expression ready to be evaluated; ``types`` returns the type of a field, None if there is none.

    Where a field with ``choices`` is compared with a text, that may be a code or a label; others are refused.
    ``named`` returns the path of a field for what people write, such as its label. Raises ``BadExpression``.
    """
    tree, places = read(text)
    builder = _Builder(types, choices or (lambda _path: None), named or (lambda written: written), places)
    node = builder.build(tree)
    references, codes = tuple(builder.references), frozenset(builder.codes)
    return Compiled(builder.rewritten(text), node.type, references, codes, builder.is_volatile, node.run)


class _Builder:
    """Builds the parts of one expression, from the inside out."""

    def __init__(
        self, types: Callable[[str], Type | None], choices: Choices, named: Callable[[str], str], places: list[int]
    ) -> None:
        self._types = types
        self._named = named
        self._replaced: dict[int, tuple[int, str]] = {}
        self._choices = choices
        self._places = places
        self.references: list[Reference] = []
        self.codes: set[tuple[str, str]] = set()
        self.is_volatile = False

    def build(self, tree: Tree[Token], depth: int = 0) -> Node:
        """Return the node of a tree; raise ``BadExpression``."""
        start = self._start(tree)
        if depth > DEEPEST:
            message = _("The formula is nested too deeply; split it into two fields.")
            raise BadExpression("too_deep", message, start)
        make = getattr(self, f"_{tree.data.strip('_')}")
        found: Node = make(tree, start, depth + 1)
        return found

    def rewritten(self, text: str) -> str:
        """Return the text with names and codes instead of what people call them."""
        for start, (end, name) in sorted(self._replaced.items(), reverse=True):
            text = text[:start] + name + text[end:]
        return text

    def _end(self, tree: Tree[Token]) -> int:
        return self._places[(tree.meta.end_pos or 1) - 1] + 1

    def _start(self, tree: Tree[Token]) -> int:
        return self._places[getattr(tree.meta, "start_pos", 0)]

    def _parts(self, tree: Tree[Token], depth: int) -> list[Node]:
        return [self.build(part, depth) for part in tree.children if isinstance(part, Tree)]

    # --- Single values ---

    def _number(self, tree: Tree[Token], start: int, depth: int) -> Node:
        number = bounded(Decimal(str(tree.children[0])))
        if number is None:
            raise BadExpression("too_large", _("This number is too large."), start)
        return Node(Type.NUMBER, lambda _situation: number, start)

    def _text(self, tree: Tree[Token], start: int, depth: int) -> Node:
        token = str(tree.children[0])
        content = token[1:-1].replace(token[0] * 2, token[0])
        text = as_text(content)
        return Node(Type.TEXT, lambda _situation: text, start, literal=content, end=self._end(tree))

    def _true(self, tree: Tree[Token], start: int, depth: int) -> Node:
        return Node(Type.BOOLEAN, lambda _situation: True, start)

    def _false(self, tree: Tree[Token], start: int, depth: int) -> Node:
        return Node(Type.BOOLEAN, lambda _situation: False, start)

    def _field(self, tree: Tree[Token], start: int, depth: int) -> Node:
        written_as = str(tree.children[0])
        path = self._named(written_as.strip("{} "))
        found = self._types(path)
        if found is None:
            if path.upper() in FUNCTIONS:
                message = _("“%(name)s” is a function: write its brackets, as in %(name)s(…).")
                raise BadExpression("function_without_brackets", message % {"name": path.upper()}, start)
            message = _("There is no field “%(name)s”.") % {"name": path[:80]}
            raise BadExpression("unknown_field", message, start, name=path)
        self.references.append(Reference(path, start, self._end(tree)))
        if path != written_as:
            self._replaced[start] = (self._end(tree), path)
        reader = READERS[found]
        return Node(found, lambda situation: reader(situation.values(path)), start, path=path)

    # --- Logic ---

    def _or(self, tree: Tree[Token], start: int, depth: int) -> Node:
        parts = [self._condition(part).run for part in self._parts(tree, depth)]
        return Node(Type.BOOLEAN, lambda situation: any(part(situation) for part in parts), start)

    def _and(self, tree: Tree[Token], start: int, depth: int) -> Node:
        parts = [self._condition(part).run for part in self._parts(tree, depth)]
        return Node(Type.BOOLEAN, lambda situation: all(part(situation) for part in parts), start)

    def _negation(self, tree: Tree[Token], start: int, depth: int) -> Node:
        inner = self._condition(self._parts(tree, depth)[0]).run
        return Node(Type.BOOLEAN, lambda situation: not inner(situation), start)

    def _condition(self, node: Node) -> Node:
        return _required(node, (Type.BOOLEAN,), _("a condition"))

    # --- Comparisons ---

    def _comparison(self, tree: Tree[Token], start: int, depth: int) -> Node:
        left, right = self._parts(tree, depth)
        sign = str(tree.children[1])
        left, right = self._coded(left, right), self._coded(right, left)
        first, second = _comparable(left, right)
        if sign in {"=", "<>", "!="}:
            wanted = sign == "="
            return Node(Type.BOOLEAN, lambda situation: (first(situation) == second(situation)) is wanted, start)
        for node in (left, right):
            if node.type is not None and node.type not in ORDERED:
                message = _("A %(type)s has no order; compare it with “=” or “<>”.") % {"type": node.type.label}
                raise BadExpression("no_order", message, node.start)
        holds = _COMPARISONS[sign]

        def compare(situation: Situation) -> bool:
            one, other = first(situation), second(situation)
            return one is not None and other is not None and holds(one, other)

        return Node(Type.BOOLEAN, compare, start)

    def _among(self, tree: Tree[Token], start: int, depth: int, *, wanted: bool = True) -> Node:
        value, *items = self._parts(tree, depth)
        if value.type is Type.LIST:
            message = _("Whether a list has a value is asked with HAS(list, value).")
            raise BadExpression("wrong_type", message, value.start)
        pairs = [_comparable(value, self._coded(item, value)) for item in items]
        return Node(
            Type.BOOLEAN,
            lambda situation: any(one(situation) == other(situation) for one, other in pairs) is wanted,
            start,
        )

    def _not_among(self, tree: Tree[Token], start: int, depth: int) -> Node:
        return self._among(tree, start, depth, wanted=False)

    def _coded(self, node: Node, beside: Node) -> Node:
        """Return the code of a choice for a text that is compared with one; it may be written as its label."""
        if not node.literal or not beside.path:
            return node
        known = self._choices(beside.path)
        if known is None:
            return node
        folded = node.literal.casefold()
        code = node.literal if node.literal in known else None
        code = code or next(
            (code for code, label in known.items() if folded in {code.casefold(), label.casefold()}), None
        )
        if code is None:
            options = ", ".join(list(known.values())[:12])
            message = _("“%(value)s” is not a value of this field. It has: %(options)s.")
            raise BadExpression(
                "unknown_choice", message % {"value": node.literal[:60], "options": options}, node.start
            )
        self.codes.add((beside.path, code))
        if code != node.literal:
            self._replaced[node.start] = (node.end, '"{}"'.format(code.replace('"', '""')))
        return Node(Type.TEXT, lambda _situation: code, node.start, literal=code)

    # --- Arithmetic ---

    def _joined(self, tree: Tree[Token], start: int, depth: int) -> Node:
        parts = [part.run for part in self._parts(tree, depth)]

        def join(situation: Situation) -> str | None:
            return as_text("".join(written(part(situation), situation.moment) for part in parts))

        return Node(Type.TEXT, join, start)

    def _sum(self, tree: Tree[Token], start: int, depth: int) -> Node:
        return self._chain(tree, depth, _summed)

    def _product(self, tree: Tree[Token], start: int, depth: int) -> Node:
        return self._chain(tree, depth, _multiplied)

    def _chain(self, tree: Tree[Token], depth: int, join: Callable[[Node, str, Node], Node]) -> Node:
        first, *rest = tree.children
        found = self.build(first, depth)  # type: ignore[arg-type]  # the grammar begins with a part
        for sign, part in zip(rest[::2], rest[1::2], strict=True):
            found = join(found, str(sign), self.build(part, depth))  # type: ignore[arg-type]  # and goes on with pairs
        return found

    def _power(self, tree: Tree[Token], start: int, depth: int) -> Node:
        first, *rest = self._parts(tree, depth)
        found = _number(first)
        for part in rest:
            exponent = _number(part)
            found = Node(Type.NUMBER, _calculated(ARITHMETIC.power, found.run, exponent.run), start)
        return found

    def _signed(self, tree: Tree[Token], start: int, depth: int) -> Node:
        inner = _number(self._parts(tree, depth)[0])
        if str(tree.children[0]) == "+":
            return inner

        def negative(situation: Situation) -> Decimal | None:
            value = inner.run(situation)
            return None if value is None else value.copy_negate()

        return Node(Type.NUMBER, negative, start)

    def _percent(self, tree: Tree[Token], start: int, depth: int) -> Node:
        inner = _number(self.build(tree.children[0], depth))  # type: ignore[arg-type]  # what stands before the signs
        hundred = Decimal(100) ** (len(tree.children) - 1)
        return Node(Type.NUMBER, _calculated(ARITHMETIC.divide, inner.run, lambda _situation: hundred), start)

    # --- Functions ---

    def _call(self, tree: Tree[Token], start: int, depth: int) -> Node:
        name = str(tree.children[0])
        function = FUNCTIONS.get(name.upper())
        if function is None:
            raise BadExpression("unknown_function", _("There is no function “%(name)s”.") % {"name": name[:60]}, start)
        parts = self._parts(tree, depth)
        self._check_count(function, parts, start)
        if function.name in {"CASE", "HAS"}:
            parts = self._coded_cases(function, parts)
        for position, part in enumerate(parts):
            allowed = function.parameters[min(position, len(function.parameters) - 1)]
            _required(part, allowed, _among_words(allowed), function=function.name)
        self.is_volatile = self.is_volatile or function.volatile
        arguments = [part.run for part in parts]
        run = function.run
        return Node(function.infer(parts), lambda situation: run(arguments, situation), start)

    def _check_count(self, function: Function, parts: Sequence[Node], start: int) -> None:
        if len(parts) < function.least:
            message = _("%(name)s needs more between its brackets, as in %(example)s.")
            raise BadExpression("too_few", message % {"name": function.name, "example": function.example}, start)
        if len(parts) > len(function.parameters) and not function.more:
            place = parts[len(function.parameters)].start
            message = _("%(name)s takes less between its brackets, as in %(example)s.")
            raise BadExpression("too_many", message % {"name": function.name, "example": function.example}, place)

    def _coded_cases(self, function: Function, parts: list[Node]) -> list[Node]:
        first = parts[0]
        last = len(parts) if function.name == "HAS" else len(parts) - 1
        return [
            self._coded(part, first) if position % 2 and position < last + (len(parts) % 2) else part
            for position, part in enumerate(parts)
        ]


def _among_words(allowed: Sequence[Type]) -> str:
    return _(" or ").join(f"“{kind.label}”" for kind in allowed)


def _required(node: Node, allowed: Sequence[Type], wanted: str, *, function: str = "") -> Node:
    if node.type is not None and node.type not in allowed:
        if function:
            message = _("%(function)s wants %(wanted)s here; this is a %(type)s.")
        else:
            message = _("Here must stand %(wanted)s; this is a %(type)s.")
        raise BadExpression(
            "wrong_type", message % {"function": function, "wanted": wanted, "type": node.type.label}, node.start
        )
    return node


def _number(node: Node) -> Node:
    return _required(node, (Type.NUMBER,), _("a number"))


def _comparable(left: Node, right: Node) -> tuple[Run, Run]:
    """Return how two sides are compared; an instant beside a day counts as its day."""
    kinds = {left.type, right.type} - {None}
    if len(kinds) < 2:
        return left.run, right.run
    if kinds == DAYLIKE:
        return _daily(left), _daily(right)
    message = _("A %(type)s cannot be compared with a %(other)s.")
    if Type.TEXT in kinds and kinds & DAYLIKE:
        message += " " + _("Write a date as DATE(2026, 1, 31).")
    labels = {"type": left.type.label if left.type else "", "other": right.type.label if right.type else ""}
    raise BadExpression("mixed_types", message % labels, right.start)


def _daily(node: Node) -> Run:
    run = node.run
    return lambda situation: as_day(run(situation), situation.moment)


def _calculated(work: Callable[[Decimal, Decimal], Decimal], left: Run, right: Run) -> Run:
    def run(situation: Situation) -> Decimal | None:
        one, other = left(situation), right(situation)
        return None if one is None or other is None else compute(lambda: work(one, other))

    return run


def _multiplied(left: Node, sign: str, right: Node) -> Node:
    work = ARITHMETIC.multiply if sign == "*" else ARITHMETIC.divide
    return Node(Type.NUMBER, _calculated(work, _number(left).run, _number(right).run), left.start)


def _summed(left: Node, sign: str, right: Node) -> Node:
    """Return a sum or difference of numbers, a date moved by days, or the days between two dates."""
    if left.type in DAYLIKE:
        if sign == "-" and right.type in DAYLIKE:
            return Node(Type.NUMBER, _between(left, right), left.start)
        days = _required(right, (Type.NUMBER,), _("a number of days")).run
        direction = Decimal(1 if sign == "+" else -1)

        def move(situation: Situation) -> Any:
            value, count = left.run(situation), days(situation)
            return None if value is None or count is None else shifted(value, count * direction)

        return Node(left.type, move, left.start)
    if Type.TEXT in {left.type, right.type} and sign == "+":
        place = left.start if left.type is Type.TEXT else right.start
        raise BadExpression("wrong_type", _("Texts are joined with “&”, not with “+”."), place)
    work = ARITHMETIC.add if sign == "+" else ARITHMETIC.subtract
    return Node(Type.NUMBER, _calculated(work, _number(left).run, _number(right).run), left.start)


def _between(left: Node, right: Node) -> Run:
    first, second = (left.run, right.run) if left.type is right.type else (_daily(left), _daily(right))

    def run(situation: Situation) -> Decimal | None:
        one, other = first(situation), second(situation)
        if one is None or other is None:
            return None
        apart = one - other
        seconds = Decimal(apart.days * 86_400 + apart.seconds)
        return compute(lambda: ARITHMETIC.divide(seconds, Decimal(86_400)))

    return run
