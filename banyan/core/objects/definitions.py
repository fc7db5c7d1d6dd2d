"""What an organization's own fields do beyond holding a value, read from their rows for the objects of the moment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from banyan.core.expressions import BadExpression, Compiled
from banyan.core.objects.formulas import compile_among
from banyan.core.objects.kinds import Kind
from banyan.core.objects.models import Computed, CustomField
from banyan.core.objects.registry import shapings
from banyan.core.objects.shaping import Shaping
from banyan.core.objects.spec import ObjectSpec

KEY = "own_fields"
COUNT, SUM, MINIMUM, MAXIMUM, AVERAGE = "count", "sum", "min", "max", "avg"
FUNCTIONS = (COUNT, SUM, MINIMUM, MAXIMUM, AVERAGE)
NEVER, YEARLY, MONTHLY = "never", "year", "month"
#: The setting of a choice whose values depend on another choice: ``{"by": name, "values": {code: [codes]}}``.
NARROWED = "narrowed"
_NUMBER_PLACE = re.compile(r"\{number(?::0?(\d{1,2})d?)?\}")


@dataclass(frozen=True)
class Formula:
    """A field whose value follows from others of the record, and of those it links to."""

    name: str
    kind: Kind
    compiled: Compiled


@dataclass(frozen=True)
class Rollup:
    """A field of a parent whose value follows from those of its children.

    ``of`` is the child's field whose values count, ``filter`` a filter tree over fields of the child; ``watched`` are
    the child's fields that decide.
    """

    object_name: str
    name: str
    kind: Kind
    child: str
    link: str
    function: str
    of: str = ""
    filter: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def watched(self) -> frozenset[str]:
        """Return the fields of the child by which the value can change."""
        return frozenset({self.link, *filter_fields(self.filter), *([self.of] if self.of else [])})


@dataclass(frozen=True)
class Numbering:
    """A field that numbers records by a pattern, in which counters may begin anew with each year or month."""

    name: str
    pattern: str
    restart: str = NEVER
    first: int = 1

    def written(self, number: int, year: int, month: int) -> str:
        """Return the number as people see it."""
        text = self.pattern.replace("{year}", f"{year:04d}").replace("{month}", f"{month:02d}")
        return _NUMBER_PLACE.sub(lambda found: f"{number:0{int(found[1] or 1)}d}", text)

    def counter(self, object_name: str, year: int, month: int) -> str:
        """Return the name of the counter for a moment."""
        period = {YEARLY: f":{year}", MONTHLY: f":{year}-{month:02d}"}.get(self.restart, "")
        return f"field:{object_name}.{self.name}{period}"


@dataclass(frozen=True)
class Narrowing:
    """A choice whose values depend on those of another: which go with each of its codes."""

    name: str
    by: str
    values: Mapping[str, Sequence[str]]

    def allows(self, value: Any, beside: Any) -> bool:
        """Say whether a value, or each of several, goes with the other field's; what is not named is free."""
        allowed = self.values.get(str(beside))
        if allowed is None:
            return True
        return set(value if isinstance(value, list) else [value]) <= set(allowed)


@dataclass(frozen=True)
class Dependent:
    """Formulas of another object that use fields of this one through a link."""

    object_name: str
    link: str
    formulas: frozenset[str]
    used: frozenset[str]


@dataclass
class OwnFields:
    """All that for one object; ``broken`` says of definitions that cannot be used any more why."""

    formulas: tuple[Formula, ...] = ()
    rollups: list[Rollup] = field(default_factory=list)
    fed: list[Rollup] = field(default_factory=list)
    dependents: list[Dependent] = field(default_factory=list)
    numberings: list[Numbering] = field(default_factory=list)
    defaults: dict[str, Compiled] = field(default_factory=dict)
    narrowings: list[Narrowing] = field(default_factory=list)
    unique: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> set[str]:
        """Return the fields that formulas ask for."""
        return {path for formula in self.formulas for path in formula.compiled.paths}


def own_fields(spec: ObjectSpec) -> OwnFields | None:
    """Return what an object's own fields do; None when they do nothing, or the object is not an organization's."""
    found: OwnFields | None = spec.shaping.get(KEY)
    return found


def filter_fields(tree: Any) -> Iterator[str]:
    """Yield the fields that a filter tree names."""
    if isinstance(tree, Mapping):
        if isinstance(tree.get("field"), str):
            yield tree["field"]
        for part in tree.values():
            yield from filter_fields(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from filter_fields(part)


def rollup_of(row: CustomField, kind: Kind) -> Rollup:
    """Return the roll-up that a row describes."""
    given = row.definition
    return Rollup(
        row.object_name, row.name, kind, given["object"], given["link"], given["function"],
        given.get("field", ""), given.get("filter") or {},
    )  # fmt: skip


def numbering_of(row: CustomField) -> Numbering:
    """Return the numbering that a row describes."""
    given = row.definition
    return Numbering(row.name, given["pattern"], given.get("restart", NEVER), int(given.get("first", 1)))


def read_own_fields(specs: Mapping[str, ObjectSpec]) -> dict[str, OwnFields]:
    """Return what the own fields of all objects do; a definition that cannot be used any more does nothing."""
    found: dict[str, OwnFields] = {}
    formulas: dict[str, list[Formula]] = {}
    for row in CustomField.objects.filter(is_active=True):
        spec = specs.get(row.object_name)
        if spec is None or row.name not in spec.all_fields:
            continue
        here = found.setdefault(row.object_name, OwnFields())
        _read_settings(specs, spec, row, here)
        if row.computed == Computed.FORMULA:
            formula = _formula(specs, spec, row, here)
            formulas.setdefault(row.object_name, []).extend([formula] if formula else [])
        elif row.computed == Computed.ROLLUP:
            _read_rollup(specs, row, found)
        elif row.computed == Computed.NUMBER:
            here.numberings.append(numbering_of(row))
    for name, entries in formulas.items():
        found[name].formulas = _in_order(entries, found[name])
        for formula in found[name].formulas:
            _tell_linked(specs, specs[name], formula, found)
    return {name: entry for name, entry in found.items() if entry != OwnFields()}


def _read_settings(specs: Mapping[str, ObjectSpec], spec: ObjectSpec, row: CustomField, here: OwnFields) -> None:
    if row.is_unique:
        here.unique.append(row.name)
    if row.default.get("formula"):
        try:
            here.defaults[row.name] = compile_among(specs, spec, row.default["formula"])
        except BadExpression as problem:
            here.broken[row.name] = str(problem.message)
    narrowed = row.settings.get(NARROWED) or {}
    if narrowed.get("by") in spec.all_fields:
        here.narrowings.append(Narrowing(row.name, narrowed["by"], narrowed.get("values") or {}))


def _formula(specs: Mapping[str, ObjectSpec], spec: ObjectSpec, row: CustomField, here: OwnFields) -> Formula | None:
    try:
        compiled = compile_among(specs, spec, row.definition.get("formula", ""))
    except BadExpression as problem:
        here.broken[row.name] = str(problem.message)
        return None
    return Formula(row.name, spec.all_fields[row.name].kind, compiled)


def _read_rollup(specs: Mapping[str, ObjectSpec], row: CustomField, found: dict[str, OwnFields]) -> None:
    rollup = rollup_of(row, specs[row.object_name].all_fields[row.name].kind)
    child = specs.get(rollup.child)
    if child is None or not rollup.watched <= child.all_fields.keys():
        return
    found[row.object_name].rollups.append(rollup)
    found.setdefault(rollup.child, OwnFields()).fed.append(rollup)


def _in_order(entries: Sequence[Formula], here: OwnFields) -> tuple[Formula, ...]:
    """Return formulas such that each comes after those it uses; those in a circle are left out."""
    named = {entry.name: entry for entry in entries}
    while named:
        graph = {name: entry.compiled.paths & named.keys() for name, entry in named.items()}
        try:
            return tuple(named[name] for name in TopologicalSorter(graph).static_order())
        except CycleError as problem:
            for name in set(problem.args[1]):
                here.broken[name] = " → ".join(problem.args[1])
                named.pop(name, None)
    return ()


def _tell_linked(
    specs: Mapping[str, ObjectSpec], spec: ObjectSpec, formula: Formula, found: dict[str, OwnFields]
) -> None:
    by_link: dict[str, set[str]] = {}
    for path in formula.compiled.paths:
        link, dot, inner = path.partition(".")
        if dot:
            by_link.setdefault(link, set()).add(inner)
    for link, used in by_link.items():
        target = getattr(spec.all_fields[link].kind, "target", "")
        if target in specs:
            dependent = Dependent(spec.name, link, frozenset({formula.name}), frozenset(used))
            found.setdefault(target, OwnFields()).dependents.append(dependent)


def register() -> None:
    """Let specifications know what their own fields do."""
    shapings.add(KEY, Shaping(read_own_fields, (CustomField,)))
