"""Conditions of the adviser's files: whether something holds for a company, or is open because a question is.

A condition is a mapping of names to what is asked of each (all must hold), or a list of such mappings (one must hold); an
empty mapping always holds. Asked can be a list of options (one of them chosen), or bounds: ``from``, ``upto``, and
``above`` with the name of another number and ``times`` it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

#: What is known of a company: chosen options, or numbers. What is missing is open.
Facts = Mapping[str, Any]
BOUNDS = frozenset({"from", "upto", "above", "times"})


def holds(condition: Any, facts: Facts) -> bool | None:
    """Say whether a condition holds; None when that hangs on what is open."""
    if isinstance(condition, Mapping):
        return _all(_meets(facts.get(name), asked, facts) for name, asked in condition.items())
    return _any(holds(part, facts) for part in condition)


def questions_of(condition: Any) -> set[str]:
    """Return the names that a condition asks about."""
    if isinstance(condition, Mapping):
        return set(condition) | {
            asked["above"] for asked in condition.values() if isinstance(asked, Mapping) and "above" in asked
        }
    return set().union(*(questions_of(part) for part in condition)) if condition else set()


def grows_with(condition: Any, name: str) -> bool:
    """Say whether a condition that holds keeps holding when a number grows."""
    parts: Sequence[Any] = [condition] if isinstance(condition, Mapping) else condition
    bounds = [part[name] for part in parts if name in part and isinstance(part[name], Mapping)]
    compared = [asked for part in parts for asked in part.values() if isinstance(asked, Mapping) and "above" in asked]
    return all("upto" not in asked and "above" not in asked for asked in bounds) and not any(
        asked["above"] == name for asked in compared
    )


def _meets(value: Any, asked: Any, facts: Facts) -> bool | None:
    if value is None:
        return None
    if not isinstance(asked, Mapping):
        chosen = {value} if isinstance(value, str) else set(value)
        return bool(chosen & set(asked))
    if "from" in asked and value < Decimal(str(asked["from"])):
        return False
    if "upto" in asked and value > Decimal(str(asked["upto"])):
        return False
    if "above" not in asked:
        return True
    other = facts.get(asked["above"])
    return None if other is None else bool(value > other * Decimal(str(asked.get("times", 1))))


def _all(found: Iterable[bool | None]) -> bool | None:
    known = list(found)
    if False in known:
        return False
    return None if None in known else True


def _any(found: Iterable[bool | None]) -> bool | None:
    known = list(found)
    if True in known:
        return True
    return None if None in known else False
