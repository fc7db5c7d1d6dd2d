"""Pure rules of quotes: what is chosen, what is the same, how long one holds, what an acceptance is about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

#: What makes two versions of a line differ.
COMPARED = ("quantity", "unit_price", "discount_percent", "tax_rate", "amount")


class WrongChoice(ValueError):
    """What was chosen does not fit the options of a quote; ``group`` is the alternative, empty for an unknown line."""

    def __init__(self, group: str) -> None:
        super().__init__(group)
        self.group = group


def choose(lines: Iterable[Mapping[str, Any]], chosen: Collection[str]) -> dict[str, bool]:
    """Return which lines count once a customer has chosen: ``{id: counts}`` of optional lines and alternatives.

    Of each group of alternatives exactly one line has to be chosen. Raises ``WrongChoice``.
    """
    rows = list(lines)
    open_ids = {str(line["id"]) for line in rows if line["is_optional"] or line["alternative"]}
    if set(chosen) - open_ids:
        raise WrongChoice("")
    groups: dict[str, int] = {}
    for line in rows:
        if line["alternative"]:
            groups.setdefault(line["alternative"], 0)
            groups[line["alternative"]] += str(line["id"]) in chosen
    for group, count in groups.items():
        if count != 1:
            raise WrongChoice(group)
    return {line_id: line_id in chosen for line_id in open_ids}


def settle_options(lines: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Return which lines count before a customer has chosen: of each group of alternatives the first that counts.

    A group of which none counts begins with its first line. Only lines whose value changes are returned.
    """
    first: dict[str, str] = {}
    for line in lines:
        group = line["alternative"]
        if group and (group not in first or (line["counts"] and not _counts(lines, first[group]))):
            first[group] = str(line["id"])
    changes = {}
    for line in lines:
        counts = str(line["id"]) == first[line["alternative"]] if line["alternative"] else line["counts"]
        if not line["is_optional"] and not line["alternative"]:
            counts = True
        if counts != line["counts"]:
            changes[str(line["id"])] = counts
    return changes


def _counts(lines: Iterable[Mapping[str, Any]], line_id: str) -> bool:
    return any(str(line["id"]) == line_id and line["counts"] for line in lines)


def last_day(quoted_on: date, valid_days: int) -> date:
    """Return the last day on which a quote holds."""
    return quoted_on + timedelta(days=valid_days)


def hash_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is accepted: the same for the same content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """A line of two versions: ``kind`` is same, changed, added or gone; ``changed`` names the values that differ."""

    kind: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    changed: frozenset[str] = frozenset()


def compare(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Return the lines of two versions side by side, in the order of the newer, what is gone last.

    Lines of the same product belong together, or of the same name where there is none; several in their order.
    """
    waiting: dict[Any, list[Mapping[str, Any]]] = {}
    for line in old:
        waiting.setdefault(_key(line), []).append(line)
    found = []
    for line in new:
        before = waiting.get(_key(line)) or []
        if not before:
            found.append(Difference("added", None, line))
            continue
        earlier = before.pop(0)
        changed = frozenset(name for name in COMPARED if _number(earlier[name]) != _number(line[name]))
        found.append(Difference("changed" if changed else "same", earlier, line, changed))
    return found + [Difference("gone", line, None) for lines in waiting.values() for line in lines]


def _key(line: Mapping[str, Any]) -> Any:
    return line.get("product_id") or line.get("name")


def _number(value: Any) -> Decimal:
    return Decimal(value or 0)
