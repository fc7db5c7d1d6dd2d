"""Filters as data: conditions joined by "all" and "any", as the API, saved views and addresses write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.kinds import Operator
from banyan.core.objects.spec import ObjectSpec

ALL, ANY = "all", "any"
MOST_LEVELS = 5
MOST_CONDITIONS = 50
MOST_VALUES = 10_000
LIST = -1

#: Every comparison, with what people read in the filter editor and how many values it takes.
OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("eq", gettext_lazy("is")),
        Operator("ne", gettext_lazy("is not")),
        Operator("lt", gettext_lazy("less than")),
        Operator("lte", gettext_lazy("at most")),
        Operator("gt", gettext_lazy("more than")),
        Operator("gte", gettext_lazy("at least")),
        Operator("in", gettext_lazy("is one of"), LIST),
        Operator("contains", gettext_lazy("contains"), LIST),
        Operator("startswith", gettext_lazy("starts with")),
        Operator("isnull", gettext_lazy("is empty")),
        Operator("between", gettext_lazy("between"), 2),
        Operator("within", gettext_lazy("within")),
    )
}
_SPLIT_BY_COMMA = {"in", "between"}


@dataclass(frozen=True)
class Condition:
    """A comparison of a field, or of a linked record's field (``customer.industry``), with values.

    Without operator it asks for equality, or for containing where a field has no equality.
    """

    field: str
    operator: str = ""
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Group:
    """Conditions and groups of which all, or any, must hold; an empty group holds always."""

    mode: str = ALL
    parts: tuple[Condition | Group, ...] = ()


Node = Condition | Group


def parse_tree(tree: Any) -> Node:
    """Read a filter from JSON: ``{"all": [...]}``, ``{"any": [...]}`` or ``{"field", "op", "value"}``.

    ``value`` may be a list. None and empty containers are the filter that everything passes. Fields,
    operators and values are judged later, by ``to_q``. Raises ``Invalid`` when the shape is wrong,
    deeper than 5 groups or longer than 50 conditions.
    """
    node = Group() if tree is None or tree in ({}, [], "") else _node(tree, MOST_LEVELS)
    if sum(1 for _condition in conditions_of(node)) > MOST_CONDITIONS:
        message = _("A filter may have at most %(maximum)d conditions.")
        raise _bad_filter("too_many_conditions", message % {"maximum": MOST_CONDITIONS})
    return node


def tree_to_json(node: Node | None) -> dict[str, Any]:
    """Write a filter such that ``parse_tree`` reads it back."""
    if node is None or node == Group():
        return {}
    if isinstance(node, Group):
        return {node.mode: [tree_to_json(part) for part in node.parts]}
    operator = {"op": node.operator} if node.operator else {}
    value = node.values[0] if len(node.values) == 1 else list(node.values)
    return {"field": node.field, **operator, "value": value}


def conditions_of(node: Node | None) -> Iterator[Condition]:
    """Yield every condition of a filter, from left to right."""
    if isinstance(node, Condition):
        yield node
    elif node is not None:
        for part in node.parts:
            yield from conditions_of(part)


def join(*nodes: Node | None) -> Node | None:
    """Return the filter that wants all the given ones; None when nothing is wanted."""
    parts = tuple(node for node in nodes if node is not None and node != Group())
    return Group(ALL, parts) if len(parts) > 1 else next(iter(parts), None)


def parse_parameters(parameters: Mapping[str, Sequence[str]], spec: ObjectSpec) -> Node:
    """Read the filters of an address: ``field=value``, ``field__op=value``, ``link.field__op=value``.

    All must hold. A field that comes several times without operator wants one of the values; ``in``
    and ``between`` also take their values in one text, separated by commas. Raises ``Invalid`` when
    there are too many.
    """
    parts: list[Condition] = []
    for name, values in parameters.items():
        field, operator = _split_name(name, spec)
        if operator in _SPLIT_BY_COMMA and len(values) == 1:
            parts.append(Condition(field, operator, tuple(values[0].split(","))))
        elif operator in {"", *_SPLIT_BY_COMMA}:
            parts.append(Condition(field, operator, tuple(values)))
        else:
            parts += [Condition(field, operator, (value,)) for value in values]
    if len(parts) > MOST_CONDITIONS:
        message = _("A filter may have at most %(maximum)d conditions.")
        raise _bad_filter("too_many_conditions", message % {"maximum": MOST_CONDITIONS})
    return Group(ALL, tuple(parts))


def _split_name(name: str, spec: ObjectSpec) -> tuple[str, str]:
    """Return field and operator; a field's own name may contain the mark that separates them."""
    field, mark, operator = name.rpartition("__")
    if not mark or name in spec.all_fields:
        return name, ""
    is_field = field.partition(".")[0] in spec.all_fields or field == "id"
    return (field, operator) if operator in OPERATORS or is_field else (name, "")


def _node(tree: Any, levels: int) -> Node:
    if isinstance(tree, list):
        tree = {ALL: tree}
    if not isinstance(tree, dict):
        raise _bad_filter("bad_filter", _("A filter is an object with “all”, “any” or “field”."))
    if set(tree) in ({ALL}, {ANY}):
        mode, parts = next(iter(tree.items()))
        if not isinstance(parts, list):
            raise _bad_filter("bad_filter", _("“%(mode)s” takes a list of conditions.") % {"mode": mode})
        if levels == 0:
            message = _("A filter may have at most %(maximum)d groups inside each other.")
            raise _bad_filter("too_deep", message % {"maximum": MOST_LEVELS})
        return Group(mode, tuple(_node(part, levels - 1) for part in parts))
    return _condition(tree)


def _condition(tree: dict[str, Any]) -> Condition:
    field, operator = tree.get("field"), tree.get("op", "")
    if not isinstance(field, str) or not field or not isinstance(operator, str):
        raise _bad_filter("bad_filter", _("A condition names a “field”, an “op” and a “value”."))
    extra = set(tree) - {"field", "op", "value", "values"}
    if extra or {"value", "values"} <= set(tree):
        raise _bad_filter("bad_filter", _("A condition has nothing but “field”, “op” and “value”."))
    given = tree.get("values", tree.get("value"))
    if operator == "isnull" and given is None:
        given = True
    values = tuple(given) if isinstance(given, list) else (given,)
    if len(values) > MOST_VALUES:
        message = _("A condition may have at most %(maximum)d values.")
        raise _bad_filter("too_many_values", message % {"maximum": MOST_VALUES})
    return Condition(field, operator, values)


def _bad_filter(code: str, message: str) -> Invalid:
    return Invalid([FieldError("filter", code, message)])
