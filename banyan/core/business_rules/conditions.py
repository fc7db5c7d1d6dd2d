"""Conditions of rules tried on drafts: links are read once somebody asks for them, one query each for all drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.fitting import Fitting, Test, Values
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import Draft
from banyan.core.records.linked import LinkedValues

_UNREAD: Any = object()


class DraftValues:
    """The values of the drafts of one write, and of the records that they point to.

    With ``defaults_for``, new records have the defaults already that they are about to get.
    """

    def __init__(
        self, actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft], *, defaults_for: Actor | None = None
    ) -> None:
        self._actor, self._spec, self._drafts = actor, spec, drafts
        self._defaults_for = defaults_for
        self._linked: dict[str, LinkedValues] = {}

    def of(self, draft: Draft) -> Values:
        """Return how the values of a draft are found by their paths; each is read once."""
        known: dict[str, Any] = {}

        def value(path: str) -> Any:
            found = known.get(path, _UNREAD)
            if found is _UNREAD:
                found = known[path] = self._read(draft, path)
            return found

        return value

    def _read(self, draft: Draft, path: str) -> Any:
        link, dot, _inner = path.partition(".")
        if not dot:
            return self._own(draft, path)
        if link not in self._linked:
            self._linked[link] = LinkedValues(self._actor, self._spec, self._drafts, [path])
        return self._linked[link].of(draft)(path)

    def _own(self, draft: Draft, name: str) -> Any:
        if name == "id":
            return draft.record_id
        if self._defaults_for is not None and draft.is_new and name not in draft.values:
            return self._spec.all_fields[name].default_value(self._defaults_for)
        return draft.get(name)


def always(_values: Values) -> bool:
    """Pass every record."""
    return True


def test_of(tree: Mapping[str, Any], spec: ObjectSpec, actor: Actor) -> tuple[Test, frozenset[str]]:
    """Return a condition as something to try on values, and the paths that it asks for; raise ``Invalid``."""
    if not tree:
        return always, frozenset()
    fitting = Fitting(parse_tree(tree), spec, actor)
    return fitting.holds, frozenset(fitting.paths)


def readable_test(tree: Mapping[str, Any], spec: ObjectSpec, actor: Actor) -> Test | None:
    """Return a condition as something to try on values; None when it names what is gone."""
    try:
        return test_of(tree, spec, actor)[0]
    except Invalid:
        return None


def field_at(specs: Mapping[str, ObjectSpec], spec: ObjectSpec, path: str) -> Field | None:
    """Return the field of a path, which may lead through one link; None when there is none."""
    name, dot, inner = path.partition(".")
    entry = spec.all_fields.get(name)
    if entry is None or not dot:
        return entry
    target = specs.get(getattr(entry.kind, "target", ""))
    return target.all_fields.get(inner) if target is not None else None
