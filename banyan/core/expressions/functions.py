"""What a function of expressions is: what it takes, what it gives, and how people are told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.expressions.values import (
    BadExpression,
    Situation,
    Type,
    as_day,
)

Run = Callable[[Situation], Any]
NUMBER, TEXT, BOOLEAN, DATE, DATETIME, LIST = Type
DAYLIKE = (DATE, DATETIME)
ORDERED = (NUMBER, DATE, DATETIME)


@dataclass(frozen=True)
class Node:
    """A compiled part of an expression; ``type`` is None where nothing but an empty value comes out."""

    type: Type | None
    run: Run
    start: int
    path: str = ""
    literal: str | None = None
    end: int = 0


@dataclass(frozen=True)
class Function:
    """A function: the types of its parameters, how many must be given, and how its result comes about.

    ``infer`` returns the type of the result; it may refuse. ``run`` gets the arguments unevaluated.
    A function with ``more`` takes any number of further arguments of the last parameter's types.
    """

    name: str
    aliases: tuple[str, ...]
    parameters: tuple[tuple[Type, ...], ...]
    least: int
    infer: Callable[[Sequence[Node]], Type | None]
    run: Callable[[Sequence[Run], Situation], Any]
    about: Any
    example: str
    more: bool = False
    volatile: bool = False


@dataclass(frozen=True)
class FunctionHelp:
    """What people read of a function."""

    name: str
    aliases: tuple[str, ...]
    about: str
    example: str


FUNCTIONS: dict[str, Function] = {}
_LISTED: list[Function] = []
ANY = tuple(Type)


def function_help() -> list[FunctionHelp]:
    """Return the functions in the order in which people are told of them."""
    return [FunctionHelp(entry.name, entry.aliases, str(entry.about), entry.example) for entry in _LISTED]


def common_type(nodes: Sequence[Node]) -> Type | None:
    """Return the one type of several parts; raise ``BadExpression`` at the first that is of another."""
    found: Type | None = None
    for node in nodes:
        if node.type is None:
            continue
        if found is not None and node.type is not found:
            message = _("This is a %(type)s, but what comes before it is a %(other)s; all results must be of one type.")
            raise BadExpression("mixed_types", message % {"type": node.type.label, "other": found.label}, node.start)
        found = found or node.type
    return found


def function(  # noqa: PLR0913, PLR0917 a table of functions
    name: str,
    aliases: str,
    parameters: Sequence[Type | tuple[Type, ...]],
    result: Type | Callable[[Sequence[Node]], Type | None],
    run: Callable[[Sequence[Run], Situation], Any],
    about: Any,
    example: str,
    *,
    least: int | None = None,
    more: bool = False,
    volatile: bool = False,
) -> None:
    """Make a function known by its name and ``aliases``, separated by spaces; ``parameters`` name the types that each takes."""
    taken = tuple(entry if isinstance(entry, tuple) else (entry,) for entry in parameters)
    entry = Function(
        name,
        tuple(aliases.split()),
        taken,
        len(taken) if least is None else least,
        (lambda _nodes: result) if isinstance(result, Type) else result,
        run,
        about,
        example,
        more,
        volatile,
    )
    _LISTED.append(entry)
    for known in (name, *entry.aliases):
        FUNCTIONS[known] = entry


def plainly(work: Callable[..., Any]) -> Callable[[Sequence[Run], Situation], Any]:
    """Make a function of values that is empty as soon as one of them is."""

    def run(arguments: Sequence[Run], situation: Situation) -> Any:
        values = [argument(situation) for argument in arguments]
        return None if None in values else work(*values)

    return run


def daily(work: Callable[[date], int]) -> Callable[[Sequence[Run], Situation], Any]:
    """Make a function of a day or instant that gives a number."""

    def run(arguments: Sequence[Run], situation: Situation) -> Any:
        day = as_day(arguments[0](situation), situation.moment)
        return None if day is None else Decimal(work(day))

    return run
