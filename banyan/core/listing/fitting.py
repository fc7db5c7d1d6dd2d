"""Filters tried on values instead of rows: what a record is about to be, or one that is at hand anyway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.fields import ID, open_fields, unknown_field
from banyan.core.listing.filter_tree import ANY, Condition, Node
from banyan.core.listing.filters import comparison
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec

Values = Callable[[str], Any]
Test = Callable[[Values], bool]


class Fitting:
    """A filter for one object, read once and tried on any number of records.

    It means the same as ``to_q`` means in the database. ``paths`` are the fields it asks for, those of linked
    records written ``link.field``. Raises ``Invalid`` like ``to_q`` when a field, operator or value is impossible.
    """

    def __init__(self, node: Node | None, spec: ObjectSpec, actor: Actor) -> None:
        self.spec = spec
        self.actor = actor
        self.paths: set[str] = set()
        self._fields = {ID.name: ID, **open_fields(actor, spec)}
        self._errors: list[FieldError] = []
        self._test = self._read(node)
        if self._errors:
            raise Invalid(self._errors)

    def holds(self, values: Values) -> bool:
        """Say whether a record passes; ``values`` returns the value of a path, None for an empty one."""
        return self._test(values)

    def _read(self, node: Node | None) -> Test:
        if node is None:
            return _always
        if isinstance(node, Condition):
            return self._condition(node)
        tests = [self._read(part) for part in node.parts]
        if not tests:
            return _always
        among = any if node.mode == ANY else all
        return lambda values: among(test(values) for test in tests)

    def _condition(self, condition: Condition) -> Test:
        try:
            test = self._comparing(self._entry(condition.field), condition)
            link, dot, _inner = condition.field.partition(".")
            # What is asked of a linked record is true of none that is not there.
            return (lambda values: values(link) is not None and test(values)) if dot else test
        except Invalid as invalid:
            self._errors += invalid.errors
        except Unacceptable as problem:
            self._errors.append(FieldError(condition.field, problem.code, problem.message))
        return _always

    def _entry(self, path: str) -> Field:
        name, dot, inner = path.partition(".")
        entry = self._fields.get(name)
        if entry is not None and dot:
            linked = specs_for(self.actor.organization).get(getattr(entry.kind, "target", ""))
            entry = open_fields(self.actor, linked).get(inner) if linked is not None else None
        if entry is None:
            raise unknown_field(path, self._fields)
        return entry

    def _comparing(self, entry: Field, condition: Condition) -> Test:
        found = comparison(entry, condition, self.actor)
        path = condition.field
        self.paths.add(path)
        if found is None:
            return _never
        operator, parsed = found
        kind = entry.kind
        if operator == "isnull" or None not in parsed:
            return lambda values: kind.holds(values(path), operator, parsed)
        if operator in {"eq", "ne"}:
            return lambda values: kind.holds(values(path), "isnull", [operator == "eq"])
        filled = [value for value in parsed if value is not None]
        return lambda values: kind.is_empty(value := values(path)) or kind.holds(value, "in", filled)


def _always(_values: Values) -> bool:
    return True


def _never(_values: Values) -> bool:
    return False
