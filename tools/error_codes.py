"""Collect the error codes of the product from its code, with the messages they come with."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import banyan
from banyan.core.kernel.errors import DomainError
from banyan.core.web.help.errors import INVALID_MESSAGE

PACKAGE = Path(banyan.__file__).parent
#: Errors that stop the program and reach no caller.
AT_START = {"Misconfigured"}
#: Codes with too many occasions to list: what they all have in common.
GENERAL = {
    "invalid": INVALID_MESSAGE,
    "not_found": "This record does not exist, or you may not see it.",
}
#: Calls that refuse one field: where their code stands among the arguments.
FIELD_CALLS = {"FieldError": 1, "Unacceptable": 0, "refuse": 1, "_line_error": 2}
TRANSLATIONS = {"_", "gettext", "gettext_lazy"}


@dataclass
class Found:
    """What is known of one code."""

    statuses: set[int] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    in_fields: bool = False
    field_messages: set[str] = field(default_factory=set)


def collect() -> list[dict[str, object]]:
    """Return every code in the order of the alphabet, as the product's own page reads them."""
    statuses = _statuses()
    codes: dict[str, Found] = {"invalid": Found(statuses={422})}
    for path in sorted(PACKAGE.rglob("*.py")):
        if {"tests", "migrations"} & set(path.parts):
            continue
        for code, status, messages in _codes_in(path, statuses):
            entry = codes.setdefault(code, Found())
            if status is None:
                entry.in_fields = True
                entry.field_messages |= messages
            else:
                entry.statuses.add(status)
                entry.messages |= messages
    for code, text in GENERAL.items():
        codes[code].messages = {str(text)}
    return [
        {
            "code": code,
            "statuses": sorted(entry.statuses),
            "messages": sorted(entry.messages),
            "in_fields": entry.in_fields,
            "field_messages": sorted(entry.field_messages),
        }
        for code, entry in sorted(codes.items())
    ]


def _statuses() -> dict[str, int]:
    """Return the HTTP status of every class of errors; modules are imported so that none is missed."""
    for module in pkgutil.walk_packages(banyan.__path__, "banyan."):
        if module.name.rpartition(".")[2] in {"errors", "problems", "configuration", "throttling"}:
            importlib.import_module(module.name)
    found: dict[str, int] = {}
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        known = waiting.pop()
        if known.__name__ not in AT_START:
            found[known.__name__] = known.status
        waiting += known.__subclasses__()
    return found


def _codes_in(path: Path, statuses: dict[str, int]) -> Iterator[tuple[str, int | None, set[str]]]:
    """Yield code, status (None for the code of a field) and messages of every refusal in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in (tree, *functions):
        assigned = {} if scope is tree else _assigned_messages(scope)
        for node in ast.walk(scope):
            if isinstance(node, ast.Call):
                yield from _code_of(node, statuses, assigned)


def _code_of(
    call: ast.Call, statuses: dict[str, int], assigned: dict[str, set[str]]
) -> Iterator[tuple[str, int | None, set[str]]]:
    name = _name(call.func)
    place = 0 if name in statuses else FIELD_CALLS.get(name, -1)
    if place < 0 or len(call.args) <= place:
        return
    code = call.args[place]
    if isinstance(code, ast.Constant) and isinstance(code.value, str) and code.value:
        yield code.value, statuses.get(name), _messages(call.args[place + 1 :], assigned)


def _messages(arguments: list[ast.expr], assigned: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    for argument in arguments:
        for node in ast.walk(argument):
            if isinstance(node, ast.Name):
                found |= assigned.get(node.id, set())
            elif (text := _translated(node)) is not None:
                found.add(text)
    return found


def _assigned_messages(function: ast.AST) -> dict[str, set[str]]:
    """Return what a function assigns to names as translatable texts: a message is often named before it is used."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            texts = {text for part in ast.walk(node.value) if (text := _translated(part)) is not None}
            found.setdefault(node.targets[0].id, set()).update(texts)
    return found


def _translated(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and _name(node.func) in TRANSLATIONS and node.args:
        first = node.args[0]
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    return None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
