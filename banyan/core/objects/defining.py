"""Checking what the fields of an organization are to do, before anything changes: types, circles, what is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.expressions import BadExpression, Compiled, Type
from banyan.core.kernel.errors import FieldError, Invalid, Refused
from banyan.core.kernel.registry import Registry
from banyan.core.kernel.text.patterns import check_pattern
from banyan.core.objects.definitions import (
    AVERAGE,
    COUNT,
    FUNCTIONS,
    MAXIMUM,
    MINIMUM,
    MONTHLY,
    NEVER,
    SUM,
    YEARLY,
    filter_fields,
    rollup_of,
)
from banyan.core.objects.formulas import compile_among
from banyan.core.objects.kinds import kinds
from banyan.core.objects.models import Computed, CustomField
from banyan.core.objects.spec import ObjectSpec

Specs = Mapping[str, ObjectSpec]
#: Kinds that the values of formulas may have.
FORMULA_KINDS = ("text", "integer", "decimal", "money", "boolean", "date", "datetime")
LONGEST_FORMULA_TEXT = 1_000
LONGEST_PATTERN = 60
_NUMBER_PLACE = re.compile(r"\{(number(?::0?\d{1,2}d?)?|year|month)\}")
#: Checks of roll-up filters by the rooms above, which know filters; each raises ``Invalid``.
filter_checks: Registry[Callable[[Actor, ObjectSpec, Mapping[str, Any]], None]] = Registry("filter checks")


def wrong(name: str, code: str, message: Any) -> Invalid:
    """Return the refusal of one input."""
    return Invalid([FieldError(name, code, message)])


def checked_formula(
    specs: Specs, spec: ObjectSpec, text: str, kind_name: str, *, name: str = "", parameter: str = "formula"
) -> Compiled:
    """Return a formula that fits a kind of field; raise ``Invalid`` when it is wrong, or goes round in a circle."""
    try:
        compiled = compile_among(specs, spec, text)
    except BadExpression as problem:
        raise wrong(parameter, problem.code, with_place(problem, text)) from None
    wanted = kinds[kind_name].expression_type
    if compiled.type is None:
        raise wrong(parameter, "always_empty", _("This formula is always empty."))
    if compiled.type is Type.LIST or compiled.type is not wanted:
        message = _("The formula gives a %(type)s; a field of the kind “%(kind)s” cannot hold that.")
        labels = {"type": compiled.type.label, "kind": kinds[kind_name].label}
        raise wrong(parameter, "wrong_type", message % labels)
    if name:
        refuse_circle(specs, (spec.name, name), set(_formula_needs(specs, spec, compiled)), parameter)
    return compiled


def with_place(problem: BadExpression, text: str) -> str:
    """Return what is wrong with a formula, with the place in words."""
    line = text.count("\n", 0, problem.position) + 1
    column = problem.position - (text.rfind("\n", 0, problem.position) + 1) + 1
    if line > 1:
        place = _("Line %(line)d, character %(column)d") % {"line": line, "column": column}
    else:
        place = _("Character %(column)d") % {"column": column}
    return _("%(place)s: %(problem)s") % {"place": place, "problem": problem.message}


def checked_rollup(
    actor: Actor, specs: Specs, spec: ObjectSpec, given: Mapping[str, Any], *, name: str = ""
) -> dict[str, Any]:
    """Return a roll-up's definition in normal form; raise ``Invalid`` when something in it is not there."""
    child = specs.get(str(given.get("object", "")))
    if child is None:
        raise wrong("object", "unknown_object", _("Choose the object whose records are counted."))
    link = child.all_fields.get(str(given.get("link", "")))
    if link is None or getattr(link.kind, "target", "") != spec.name:
        message = _("Choose the field by which %(children)s lead to %(parents)s.")
        raise wrong("link", "unknown_link", message % {"children": child.noun_plural, "parents": spec.noun_plural})
    function = str(given.get("function", ""))
    if function not in FUNCTIONS:
        raise wrong("function", "unknown_function", _("Choose what is computed."))
    tree: dict[str, Any] = given.get("filter") or {}
    if not isinstance(tree, dict):
        raise wrong("filter", "bad_filter", _("A filter is an object with “all”, “any” or “field”."))
    found: dict[str, Any] = {"object": child.name, "link": link.name, "function": function, "filter": tree}
    if function != COUNT:
        found["field"] = _checked_value(child, function, str(given.get("field", "")))
    _check_filter(actor, child, tree)
    if name:
        needs = {(child.name, field) for field in (link.name, found.get("field", ""), *filter_fields(tree)) if field}
        refuse_circle(specs, (spec.name, name), needs, "field")
    return found


def _checked_value(child: ObjectSpec, function: str, name: str) -> str:
    entry = child.all_fields.get(name)
    types = {SUM: (Type.NUMBER,), AVERAGE: (Type.NUMBER,)}.get(function, (Type.NUMBER, Type.DATE, Type.DATETIME))
    if entry is None or entry.kind.expression_type not in types:
        raise wrong("field", "wrong_kind", _("Choose a field with numbers, or with dates for the first and last."))
    if entry.is_sealed:
        raise wrong("field", "encrypted", _("“%(name)s” is encrypted; it cannot be rolled up.") % {"name": entry.label})
    return name


def _check_filter(actor: Actor, child: ObjectSpec, tree: Mapping[str, Any]) -> None:
    for path in filter_fields(tree):
        entry = child.all_fields.get(path)
        if entry is None or entry.is_sealed:
            message = _("The condition of a roll-up asks for fields of %(children)s themselves; “%(path)s” is none.")
            raise wrong("filter", "unknown_field", message % {"children": child.noun_plural, "path": path})
    for check in filter_checks:
        check(replace(actor, is_system=True), child, tree)


def rollup_kind(specs: Specs, definition: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the kind of a roll-up's values with its settings: whole numbers for counts, else as the values are."""
    function = definition["function"]
    if function == COUNT:
        return "integer", {}
    kind = specs[definition["object"]].all_fields[definition["field"]].kind
    if function in {MINIMUM, MAXIMUM}:
        return (kind.name, {}) if kind.name in FORMULA_KINDS else ("decimal", {})
    if kind.name == "money":
        return "money", {}
    return ("integer", {}) if function == SUM and kind.name == "integer" else ("decimal", {})


def checked_numbering(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a numbering in normal form; raise ``Invalid`` when its pattern cannot give different numbers."""
    pattern = str(given.get("pattern", "")).strip()
    rest = _NUMBER_PLACE.sub("", pattern)
    if "{number" not in pattern or "{" in rest or "}" in rest or len(pattern) > LONGEST_PATTERN:
        message = _("Write a pattern with {number}, such as PRJ-{year}-{number:5}; {year} and {month} may stand in it.")
        raise wrong("pattern", "bad_pattern", message)
    restart = str(given.get("restart") or NEVER)
    if restart not in {NEVER, YEARLY, MONTHLY}:
        raise wrong("restart", "unknown_restart", _("Choose when counting begins anew."))
    if (restart != NEVER and "{year}" not in pattern) or (restart == MONTHLY and "{month}" not in pattern):
        message = _("Numbers would come twice: what begins anew each year needs {year}, each month {year} and {month}.")
        raise wrong("restart", "repeats", message)
    first = given.get("first") or 1
    if not isinstance(first, int) or not 1 <= first <= 10**9:
        raise wrong("first", "out_of_range", _("The first number must be a whole number from 1 on."))
    return {"pattern": pattern, "restart": restart, "first": first}


def checked_pattern(pattern: str) -> str:
    """Return a regular expression that texts must fit; raise ``Invalid``."""
    try:
        return check_pattern(pattern)
    except Refused as problem:
        raise wrong("pattern", problem.code, problem.message) from None


# --- Circles ----------------------------------------------------------------------------------------------------------

Place = tuple[str, str]


def _formula_needs(specs: Specs, spec: ObjectSpec, compiled: Compiled) -> Iterator[Place]:
    for path in compiled.paths:
        name, dot, inner = path.partition(".")
        yield spec.name, name
        if dot:
            yield getattr(spec.all_fields[name].kind, "target", ""), inner


def _needs_of(specs: Specs, row: CustomField) -> set[Place]:
    """Return the fields that a computed field uses; none when its definition is broken anyway."""
    spec = specs.get(row.object_name)
    if spec is None or row.name not in spec.all_fields:
        return set()
    if row.computed == Computed.FORMULA:
        try:
            return set(_formula_needs(specs, spec, compile_among(specs, spec, row.definition.get("formula", ""))))
        except BadExpression:
            return set()
    if row.computed == Computed.ROLLUP:
        rollup = rollup_of(row, spec.all_fields[row.name].kind)
        return {(rollup.child, name) for name in rollup.watched}
    return set()


def refuse_circle(specs: Specs, place: Place, needs: set[Place], parameter: str) -> None:
    """Raise ``Invalid`` when a computed field would, over others, be needed for itself; the message names the way."""
    rows = CustomField.objects.filter(is_active=True, computed__in=[Computed.FORMULA, Computed.ROLLUP])
    known = {(row.object_name, row.name): row for row in rows}
    found = _way_back(place, needs, {key: _needs_of(specs, row) for key, row in known.items() if key != place})
    if found:
        message = _("This goes round in a circle: %(way)s.")
        way = " → ".join(_called(specs, step) for step in [place, *found])
        raise wrong(parameter, "circular", message % {"way": way})


def _way_back(place: Place, needs: set[Place], graph: Mapping[Place, set[Place]]) -> list[Place] | None:
    """Return the way from a field over those it needs back to itself; None when there is no such way."""
    reached: dict[Place, Place | None] = dict.fromkeys(needs)
    waiting = sorted(needs)
    while waiting:
        step = waiting.pop(0)
        if step == place:
            way = [step]
            before = reached[step]
            while before is not None:
                way.append(before)
                before = reached[before]
            return way[::-1]
        for following in sorted(graph.get(step, ())):
            if following not in reached:
                reached[following] = step
                waiting.append(following)
    return None


def _called(specs: Specs, place: Place) -> str:
    spec = specs.get(place[0])
    entry = spec.all_fields.get(place[1]) if spec else None
    return f"{spec.label if spec else place[0]}.{entry.label if entry else place[1]}"
