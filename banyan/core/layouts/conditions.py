"""Conditions of a layout: which fields show and which are needed, decided on values that are at hand.

Fields that do not show keep the values that they have, and their own conditions are tried on those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.layouts.content import Place, Plan, Tree
from banyan.core.listing.filter_tree import ANY, Condition, Group, Node, conditions_of, parse_tree
from banyan.core.listing.filters import comparison
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.kinds import DateTime, Phone, Unacceptable
from banyan.core.objects.spec import Field, ObjectSpec

Values = Callable[[str], Any]


class Deciding:
    """What a layout shows and needs; made for one person and the moment, because of “me” and “this month”.

    A condition that can no longer be read, because its field is gone, shows and never needs.
    """

    def __init__(self, plan: Plan, spec: ObjectSpec, actor: Actor) -> None:
        self.plan = plan
        self.spec = spec
        # Conditions decide whoever looks: no right to a field is asked for. “me” is the person all the same.
        self.judge = replace(system_actor(actor.organization, channel=actor.channel), user=actor.user)
        self._parts = {part.key: self._fitting(part.show) for part in plan.parts() if part.show}
        self._shows = {place.name: self._fitting(place.show) for place in plan.places() if place.show}
        self._needs = {place.name: self._fitting(place.require) for place in plan.places() if place.require}

    @property
    def paths(self) -> set[str]:
        """Return the fields that some condition asks for."""
        fittings = (*self._parts.values(), *self._shows.values(), *self._needs.values())
        return {path for fitting in fittings if fitting is not None for path in fitting.paths}

    def paths_of(self, name: str) -> set[str]:
        """Return the fields on which it depends whether a field is needed."""
        part = next((part for part in self.plan.parts() if any(place.name == name for place in part.places)), None)
        fittings = (self._shows.get(name), self._needs.get(name), self._parts.get(part.key) if part else None)
        return {path for fitting in fittings if fitting is not None for path in fitting.paths}

    def shown_parts(self, values: Values) -> set[str]:
        """Return the keys of the sections that show."""
        return {part.key for part in self.plan.parts() if self._holds(self._parts.get(part.key), values, broken=True)}

    def shown(self, values: Values) -> set[str]:
        """Return the placed fields that show."""
        parts = self.shown_parts(values)
        return {
            place.name
            for part in self.plan.parts()
            if part.key in parts
            for place in part.places
            if self._holds(self._shows.get(place.name), values, broken=True)
        }

    def settled(self, entered: Values, stored: Values) -> set[str]:
        """Return the fields that show when those that do not show have the stored values instead of the entered ones."""
        placed = set(self.plan.names())
        shown = placed
        for _round in range(len(self._parts) + len(self._shows) + 1):
            found = self.shown(_kept_where_hidden(placed - shown, entered, stored))
            if found == shown:
                break
            shown = found
        return shown

    def needed(self, values: Values) -> list[Place]:
        """Return the places of the fields that show and must be filled in."""
        shown = self.shown(values)
        return [place for place in self.plan.places() if place.name in shown and self.is_needed(place, values)]

    def is_needed(self, place: Place, values: Values) -> bool:
        """Say whether a field must be filled in where it shows."""
        return place.required or (
            bool(place.require) and self._holds(self._needs.get(place.name), values, broken=False)
        )

    def _fitting(self, tree: Tree) -> Fitting | None:
        try:
            return Fitting(parse_tree(dict(tree)), self.spec, self.judge)
        except Invalid:
            return None

    @staticmethod
    def _holds(fitting: Fitting | None, values: Values, *, broken: bool) -> bool:
        return broken if fitting is None else fitting.holds(values)


def _kept_where_hidden(hidden: set[str], entered: Values, stored: Values) -> Values:
    return lambda name: stored(name) if name in hidden else entered(name)


def checked_tree(tree: Any, spec: ObjectSpec, actor: Actor) -> Node:
    """Return a condition as it is read; raise ``Invalid`` when the object has no such fields or values.

    It may ask for fields of the record alone: what is typed into a form is tried without asking the server.
    """
    node = parse_tree(tree)
    for condition in conditions_of(node):
        if "." in condition.field:
            message = _("A condition of a layout asks for fields of the record itself, not “%(name)s”.")
            raise Invalid([FieldError("filter", "linked_field", message % {"name": condition.field[:60]})])
    Fitting(node, spec, replace(system_actor(actor.organization), user=actor.user))
    return node


def for_browser(tree: Tree, deciding: Deciding, inputs: Iterable[str], values: Values) -> Any:
    """Return a condition as the form tries it while somebody types: values read, periods turned into days.

    What it asks of fields that the form does not hold is answered here: True or False in their place.
    """
    try:
        return _written(parse_tree(dict(tree)), deciding, set(inputs), values)
    except Invalid:
        return True


def _written(node: Node, deciding: Deciding, inputs: set[str], values: Values) -> Any:
    if isinstance(node, Group):
        parts = [_written(part, deciding, inputs, values) for part in node.parts]
        return {"any" if node.mode == ANY else "all": parts} if parts else True
    entry = deciding.spec.all_fields.get(node.field)
    if entry is None or node.field not in inputs or not _is_comparable(entry, node):
        return Fitting(node, deciding.spec, deciding.judge).holds(values)
    return _compared(entry, node, deciding.judge)


def _is_comparable(entry: Field, condition: Condition) -> bool:
    """Say whether the text of an input can be compared: numbers of telephones are written in many ways."""
    return not isinstance(entry.kind, Phone) or condition.operator == "isnull"


def _compared(entry: Field, condition: Condition, judge: Actor) -> Any:
    try:
        found = comparison(entry, condition, judge)
    except Unacceptable:
        return True
    if found is None:
        return False
    operator, parsed = found
    flat = [item for value in parsed for item in (value if isinstance(value, list) else [value])]
    written = [_plain(entry, value, judge) for value in flat]
    kind = entry.kind
    is_negated = False
    if isinstance(kind, DateTime) and len(written) == 2 and operator in {"eq", "ne"}:
        operator, is_negated = "between", operator == "ne"
    if operator == "within":
        operator = "between"
    shape = "list" if kind.many else "truth" if kind.widget == "boolean" else "number" if kind.totals else "text"
    test = {"field": entry.name, "shape": shape, "op": operator, "values": written}
    return {"not": test} if is_negated else test


def _plain(entry: Field, value: Any, judge: Actor) -> Any:
    """Return a value as an input of the field would hold it."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(judge.time_zone)).strftime("%Y-%m-%dT%H:%M")
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return str(entry.kind.to_json(value))
