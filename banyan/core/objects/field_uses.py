"""Where fields, and single values of choices, are used: asked before one of them goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Refused
from banyan.core.kernel.registry import Registry
from banyan.core.objects.definitions import NARROWED, filter_fields
from banyan.core.objects.formulas import Scope, compile_among
from banyan.core.objects.models import Computed, CustomField
from banyan.core.objects.spec import ObjectSpec

Specs = Mapping[str, ObjectSpec]


@dataclass(frozen=True)
class FieldUse:
    """One place that uses a field: what it is called, where it is edited, and whether it would break without.

    What does not break loses the field silently, such as a column of a saved view.
    """

    place: str
    url: str = ""
    breaks: bool = True


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a field of an object or, with a ``code``, one value of it."""

    object_name: str
    name: str
    code: str | None = None


#: Rooms above register how they find the places of theirs that use a field or a value.
field_uses: Registry[Callable[[Specs, Wanted], Iterable[FieldUse]]] = Registry("uses of fields")


def uses_of(specs: Specs, wanted: Wanted) -> list[FieldUse]:
    """Return all places that use a field, or a value of it."""
    return [use for find in field_uses for use in find(specs, wanted)]


def refuse_in_use(specs: Specs, wanted: Wanted, label: str, uses: Iterable[FieldUse] | None = None) -> None:
    """Raise ``Refused``, naming the places, while some would break without a field or a value of it.

    ``uses`` are all that are registered, unless some are given.
    """
    places = [use.place for use in (uses_of(specs, wanted) if uses is None else uses) if use.breaks]
    if not places:
        return
    shown = "; ".join(places[:8]) + (" …" if len(places) > 8 else "")
    message = _("“%(name)s” is still used: %(places)s. Change those first.")
    raise Refused("in_use", message % {"name": label, "places": shown}, places=places)


def tree_uses(tree: Any, wanted: Wanted) -> bool:
    """Say whether a filter tree over an object's fields names a field of it, or compares it with a value."""
    if wanted.code is None:
        return wanted.name in set(filter_fields(tree))
    if isinstance(tree, Mapping):
        if tree.get("field") == wanted.name:
            given = tree.get("values", tree.get("value"))
            return wanted.code in (given if isinstance(given, list) else [given])
        return any(tree_uses(part, wanted) for part in tree.values())
    return isinstance(tree, list) and any(tree_uses(part, wanted) for part in tree)


def uses_in_fields(specs: Specs, wanted: Wanted) -> Iterator[FieldUse]:
    """Yield the formulas, roll-ups, defaults and conditional choices that use a field."""
    for row in CustomField.objects.filter(is_active=True):
        spec = specs.get(row.object_name)
        is_itself = (row.object_name, row.name) == (wanted.object_name, wanted.name)
        if spec is None or row.name not in spec.all_fields or is_itself:
            continue
        for what in _used_by(specs, spec, row, wanted):
            place = _("%(what)s “%(field)s” of %(object)s") % {
                "what": what, "field": spec.all_fields[row.name].label, "object": spec.noun_plural,
            }  # fmt: skip
            yield FieldUse(place, f"/settings/fields/{row.object_name}/{row.pk}")


def _used_by(specs: Specs, spec: ObjectSpec, row: CustomField, wanted: Wanted) -> Iterator[str]:
    if row.computed == Computed.FORMULA and _formula_uses(specs, spec, row.definition.get("formula", ""), wanted):
        yield _("the formula")
    if row.default.get("formula") and _formula_uses(specs, spec, row.default["formula"], wanted):
        yield _("the default of")
    if row.computed == Computed.ROLLUP and row.definition.get("object") == wanted.object_name:
        fields = {row.definition.get("link"), row.definition.get("field")} if wanted.code is None else set()
        if wanted.name in fields or tree_uses(row.definition.get("filter"), wanted):
            yield _("the roll-up")
    narrowed = row.settings.get(NARROWED) or {}
    is_by_it = row.object_name == wanted.object_name and narrowed.get("by") == wanted.name
    if is_by_it and (wanted.code is None or wanted.code in narrowed.get("values", {})):
        yield _("the conditional choice")


def _formula_uses(specs: Specs, spec: ObjectSpec, text: str, wanted: Wanted) -> bool:
    try:
        compiled = compile_among(specs, spec, text)
    except Refused:
        return False
    scope = Scope(specs, spec)
    if wanted.code is not None:
        return any(scope.place(path) == (wanted.object_name, wanted.name) for path, code in compiled.codes
                   if code == wanted.code)  # fmt: skip
    links = {(spec.name, path.partition(".")[0]) for path in compiled.paths}
    return (wanted.object_name, wanted.name) in {*links, *map(scope.place, compiled.paths)}
