"""The two small languages of SCIM on plain values: filters, and paths of a patch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Longer filters, or deeper ones, are nobody's honest question.
MOST_TOKENS = 100
OPERATORS = frozenset({"eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le"})
_TOKEN = re.compile(r'\s*(?:(?P<mark>[()\[\]])|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()\[\]"]+))')
_PATH = re.compile(r"^(?P<attribute>[^\[\].]+)(?:\[(?P<filter>.+)\])?(?:\.(?P<sub>[^\[\].]+))?$")


class BadFilter(ValueError):
    """A filter that nobody could understand."""


class BadPath(ValueError):
    """A path of a patch that leads nowhere."""


@dataclass(frozen=True)
class Comparison:
    """An attribute, compared with a value; ``attribute`` is in small letters."""

    attribute: str
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Combination:
    """Several conditions: ``and`` and ``or`` of any number, ``not`` of one."""

    operator: str
    parts: tuple[Comparison | Combination, ...]


Condition = Comparison | Combination


def parse_filter(text: str) -> Condition:
    """Return the condition that a filter means; raise ``BadFilter``."""
    tokens = list(_tokens(text))
    if not tokens or len(tokens) > MOST_TOKENS:
        raise BadFilter(text)
    parser = _Parser(tokens)
    condition = parser.any_of()
    if not parser.is_at_end:
        raise BadFilter(text)
    return condition


def matches(condition: Condition, value: Any) -> bool:
    """Say whether an entry of a list with several values fits a filter, as a path of a patch has it."""
    if isinstance(condition, Combination):
        results = [matches(part, value) for part in condition.parts]
        if condition.operator == "not":
            return not results[0]
        return all(results) if condition.operator == "and" else any(results)
    found = _get(value, condition.attribute) if isinstance(value, dict) else value
    if condition.operator == "pr":
        return found not in {None, ""}
    same = _comparable(found) == _comparable(condition.value)
    if condition.operator in {"eq", "ne"}:
        return same is (condition.operator == "eq")
    raise BadFilter(condition.operator)


def apply_patch(resource: dict[str, Any], operations: list[Any]) -> dict[str, Any]:
    """Return a resource after the operations of a patch; the given one stays as it is.

    Raises:
        BadPath: An operation is unknown or its path leads nowhere.
    """
    patched: dict[str, Any] = json.loads(json.dumps(resource))
    for operation in operations:
        if not isinstance(operation, dict):
            raise BadPath("operation")
        name = str(operation.get("op", "")).lower()
        if name not in {"add", "replace", "remove"}:
            raise BadPath(name)
        path, value = operation.get("path"), operation.get("value")
        if path:
            _change(patched, name, str(path), value)
        elif isinstance(value, dict) and name != "remove":
            # Some directories send whole paths as keys of the value.
            for key, entry in value.items():
                _change(patched, name, key, entry)
        else:
            raise BadPath(name)
    return patched


def as_bool(value: Any) -> bool:
    """Return a truth value; some directories send it as text."""
    if isinstance(value, str):
        return value.strip().lower() == "true"
    return bool(value)


def _change(resource: dict[str, Any], name: str, path: str, value: Any) -> None:
    place, rest = _extension(resource, path)
    if not rest:
        if isinstance(value, dict) and name != "remove":
            place.update(value)
        return
    found = _PATH.match(rest)
    if found is None:
        raise BadPath(path)
    key = _key(place, found["attribute"])
    if found["filter"]:
        _change_entries(place, name, key, (parse_filter(found["filter"]), found["sub"]), value)
    elif found["sub"]:
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            raise BadPath(path)
        _set(inner, name, _key(inner, found["sub"]), value)
    else:
        _set(place, name, key, value)


def _set(place: dict[str, Any], name: str, key: str, value: Any) -> None:
    current = place.get(key)
    if name == "remove" and isinstance(current, list) and value:
        gone = {_identity(entry) for entry in (value if isinstance(value, list) else [value])}
        place[key] = [entry for entry in current if _identity(entry) not in gone]
    elif name == "remove":
        place.pop(key, None)
    elif name == "add" and isinstance(current, list):
        known = {_identity(entry) for entry in current}
        added = value if isinstance(value, list) else [value]
        place[key] = [*current, *(entry for entry in added if _identity(entry) not in known)]
    elif isinstance(current, dict) and isinstance(value, dict):
        current.update(value)
    else:
        place[key] = value


def _change_entries(
    place: dict[str, Any], name: str, key: str, which: tuple[Condition, str | None], value: Any
) -> None:
    condition, sub = which
    entries = place.get(key) or []
    if not isinstance(entries, list):
        raise BadPath(key)
    fitting = [entry for entry in entries if matches(condition, entry)]
    if name == "remove" and not sub:
        place[key] = [entry for entry in entries if entry not in fitting]
        return
    if not fitting and isinstance(condition, Comparison) and condition.operator == "eq" and name != "remove":
        fitting = [{condition.attribute: condition.value}]
        place[key] = [*entries, *fitting]
    for entry in fitting:
        if not isinstance(entry, dict):
            raise BadPath(key)
        if sub:
            _set(entry, name, _key(entry, sub), value)
        elif isinstance(value, dict):
            entry.update(value)


def _extension(resource: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Return the part of the resource that a path belongs to, and the path within it."""
    if not path.lower().startswith("urn:"):
        return resource, path
    for schema in [key for key in resource if key.lower().startswith("urn:")]:
        if path.lower() == schema.lower():
            return resource[schema], ""
        if path.lower().startswith(f"{schema.lower()}:"):
            return resource[schema], path[len(schema) + 1 :]
    schema, _colon, rest = path.rpartition(":")
    if schema.lower().endswith(":core:2.0:user") or schema.lower().endswith(":core:2.0:group"):
        return resource, rest
    made: dict[str, Any] = resource.setdefault(schema, {})
    return made, rest


def _key(place: dict[str, Any], name: str) -> str:
    """Return an attribute's name as the resource writes it: names have no case."""
    return next((key for key in place if key.lower() == name.lower()), name)


def _get(value: dict[str, Any], name: str) -> Any:
    return next((entry for key, entry in value.items() if key.lower() == name), None)


def _identity(entry: Any) -> str:
    return str(entry.get("value", entry) if isinstance(entry, dict) else entry)


def _comparable(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in {"true", "false"}):
        return as_bool(value)
    return value.casefold() if isinstance(value, str) else value


def _tokens(text: str) -> Iterator[tuple[str, Any]]:
    position, stripped = 0, text.rstrip()
    while position < len(stripped):
        found = _TOKEN.match(stripped, position)
        if found is None:
            raise BadFilter(text)
        position = found.end()
        if found["mark"]:
            yield found["mark"], None
        elif found["text"]:
            yield "value", json.loads(found["text"], strict=False)
        else:
            yield "word", found["word"]


class _Parser:
    """Recursive descent over the tokens of a filter: or, and, not, parentheses, comparison."""

    def __init__(self, tokens: list[tuple[str, Any]]) -> None:
        self.tokens = tokens
        self.position = 0

    @property
    def is_at_end(self) -> bool:
        return self.position >= len(self.tokens)

    def any_of(self) -> Condition:
        return self._joined("or", self._all_of)

    def _all_of(self) -> Condition:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Any) -> Condition:
        parts = [part()]
        while self._takes_word(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Combination(word, tuple(parts))

    def _one(self) -> Condition:
        if self._takes_word("not"):
            return Combination("not", (self._one(),))
        if self._takes_mark("("):
            inner = self.any_of()
            self._need_mark(")")
            return inner
        attribute = self._word()
        # A filter on the entries of a list is told apart from others by its prefix alone.
        if self._takes_mark("["):
            inner = self.any_of()
            self._need_mark("]")
            return _prefixed(attribute.lower(), inner)
        operator = self._word().lower()
        if operator not in OPERATORS:
            raise BadFilter(operator)
        return Comparison(attribute.lower(), operator, None if operator == "pr" else self._value())

    def _value(self) -> Any:
        kind, value = self._next()
        if kind == "value":
            return value
        if kind != "word":
            raise BadFilter(kind)
        try:
            return json.loads(value)
        except ValueError:
            raise BadFilter(value) from None

    def _word(self) -> str:
        kind, value = self._next()
        if kind != "word":
            raise BadFilter(kind)
        return str(value)

    def _takes_word(self, word: str) -> bool:
        is_next = not self.is_at_end and self.tokens[self.position][0] == "word"
        if is_next and str(self.tokens[self.position][1]).lower() == word:
            self.position += 1
            return True
        return False

    def _takes_mark(self, mark: str) -> bool:
        if not self.is_at_end and self.tokens[self.position][0] == mark:
            self.position += 1
            return True
        return False

    def _need_mark(self, mark: str) -> None:
        if not self._takes_mark(mark):
            raise BadFilter(mark)

    def _next(self) -> tuple[str, Any]:
        if self.is_at_end:
            raise BadFilter("end")
        self.position += 1
        return self.tokens[self.position - 1]


def _prefixed(prefix: str, condition: Condition) -> Condition:
    if isinstance(condition, Combination):
        return Combination(condition.operator, tuple(_prefixed(prefix, part) for part in condition.parts))
    return Comparison(f"{prefix}.{condition.attribute}", condition.operator, condition.value)
