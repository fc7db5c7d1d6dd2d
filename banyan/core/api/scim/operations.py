"""Operations of a bulk on plain values: what each asks for, and how one refers to what another one makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

PREFIX = "bulkId:"
METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class BadOperation(ValueError):
    """An operation that nobody could carry out: ``status`` is what it is answered with."""

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Operation:
    """One operation: ``collection`` is Users or Groups, ``target`` the id of what is changed."""

    method: str
    path: str
    collection: str
    target: str
    bulk_id: str
    data: Any
    #: What it refers to of what other operations make, in its path and in its data.
    references: frozenset[str]

    @property
    def key(self) -> str:
        """Return how others refer to what this one makes."""
        return f"{PREFIX}{self.bulk_id}"

    @property
    def adds_a_person(self) -> bool:
        """Say whether it is one of those that are done together."""
        return (self.method, self.collection) == ("POST", "Users")

    def resolved(self, known: Mapping[str, str]) -> Operation:
        """Return the operation with ids in the place of those references that are known."""
        return replace(self, target=known.get(self.target, self.target), data=_replaced(self.data, known))


def read_operation(written: Any) -> Operation:
    """Return an operation as it was sent; raise ``BadOperation``."""
    if not isinstance(written, dict):
        raise BadOperation("operation")
    method, bulk_id = str(written.get("method", "")).upper(), written.get("bulkId", "")
    path = written.get("path")
    if method not in METHODS:
        raise BadOperation("method")
    if not isinstance(bulk_id, str) or (method == "POST" and not bulk_id):
        raise BadOperation("bulkId")
    if not isinstance(path, str):
        raise BadOperation("path")
    collection, _slash, target = path.strip("/").partition("/")
    if collection not in {"Users", "Groups"} or "/" in target:
        raise BadOperation("path", status=404)
    if bool(target) is (method == "POST"):
        raise BadOperation("method", status=405)
    data = written.get("data")
    if method != "DELETE" and not isinstance(data, dict):
        raise BadOperation("data")
    return Operation(method, path, collection, target, bulk_id, data, _references(target, data))


def _references(target: str, data: Any) -> frozenset[str]:
    try:
        return frozenset(text for text in (target, *_texts(data)) if text.startswith(PREFIX))
    except RecursionError:
        raise BadOperation("data") from None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)


def _replaced(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return known.get(value, value) if value.startswith(PREFIX) else value
    if isinstance(value, dict):
        return {name: _replaced(entry, known) for name, entry in value.items()}
    return [_replaced(entry, known) for entry in value] if isinstance(value, list) else value
