"""Filters as conditions of the database: what a filter tree means for one object and one actor."""

from __future__ import annotations

import operator as operators
import re
from functools import reduce
from typing import Any
from uuid import UUID

from django.db.models import Expression, F, Model, Q, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.text.folding import CJK_RANGES
from banyan.core.kernel.text.tokens import search_query
from banyan.core.listing.fields import ID, open_fields, reading_of, unknown_field, value_expression
from banyan.core.listing.filter_tree import (
    ALL,
    ANY,
    LIST,
    OPERATORS,
    Condition,
    Group,
    Node,
    conditions_of,
    join,
    parse_parameters,
    parse_tree,
    tree_to_json,
)
from banyan.core.listing.text_search import matches
from banyan.core.objects.kinds import USER, Unacceptable
from banyan.core.objects.registry import specs_for
from banyan.core.objects.sealing import query as sealed_query
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec

__all__ = [
    "ALL", "ANY", "OPERATORS", "Annotations", "Condition", "Group", "Node", "conditions_of", "join", "live_rows", "parse_parameters",
    "parse_tree", "to_q", "tree_to_json",
]  # fmt: skip

ME = "me"
INDEXED_WEIGHTS = ("A", "B", "C")
_CHINESE = re.compile(f"[{CJK_RANGES}]{{2,}}")
Annotations = dict[str, Expression | F]
NOTHING = Q(pk__in=[])


def to_q(node: Node | None, spec: ObjectSpec, actor: Actor) -> tuple[Q, Annotations]:
    """Return a filter's condition and the annotations (custom fields, typed) that it refers to.

    The condition says nothing on who may see which rows: combine it with ``restrict``. Raises
    ``Invalid`` with one entry for each unknown field or operator and each value that does not fit;
    fields that the actor sees masked or not at all are unknown here.
    """
    annotations: Annotations = {}
    errors: list[FieldError] = []
    condition = _Reader(spec, actor, annotations, errors).read(node)
    if errors:
        raise Invalid(errors)
    return condition, annotations


def live_rows(actor: Actor, spec: ObjectSpec) -> QuerySet[Model]:
    """Return the organization's records outside the recycle bin, in no order, not yet limited to what the actor sees.

    Row-level security compares the organization too; said here, the planner knows it for the indexes.
    """
    manager = spec.model._default_manager  # noqa: SLF001 Django's own name for it
    return manager.filter(organization_id=actor.organization_id, deleted_at__isnull=True).order_by()


class _Reader:
    """Reads a tree for one object, collecting annotations and errors on the way."""

    def __init__(self, spec: ObjectSpec, actor: Actor, annotations: Annotations, errors: list[FieldError]) -> None:
        self.spec = spec
        self.actor = actor
        self.annotations = annotations
        self.errors = errors
        self.fields = {ID.name: ID, **open_fields(actor, spec)}

    def read(self, node: Node | None) -> Q:
        if node is None:
            return Q()
        if isinstance(node, Condition):
            return self._condition(node)
        parts = [self.read(part) for part in node.parts]
        if not parts:
            return Q()
        # An empty Q stands for "always", but Django drops it from an OR.
        if node.mode == ANY and any(not part for part in parts):
            return Q()
        return reduce(operators.or_ if node.mode == ANY else operators.and_, parts)

    def _condition(self, condition: Condition) -> Q:
        try:
            if "." in condition.field:
                return self._through_link(condition)
            entry = self.fields.get(condition.field)
            if entry is None:
                raise unknown_field(condition.field, self.fields)
            return self._compare(entry, condition)
        except Invalid as invalid:
            self.errors += invalid.errors
        except Unacceptable as problem:
            self.errors.append(FieldError(condition.field, problem.code, problem.message))
        return Q()

    def _through_link(self, condition: Condition) -> Q:
        """Compare a field of the linked record, among those that the actor may see."""
        name, _dot, inner_name = condition.field.partition(".")
        entry = self.fields.get(name)
        linked = specs_for(self.actor.organization).get(getattr(entry.kind, "target", "")) if entry else None
        if entry is None or linked is None or "." in inner_name:
            raise unknown_field(condition.field, self.fields)
        try:
            inner, annotations = to_q(Condition(inner_name, condition.operator, condition.values), linked, self.actor)
        except Invalid as invalid:
            raise Invalid(
                [FieldError(condition.field, error.code, error.message) for error in invalid.errors]
            ) from None
        rows = restrict(live_rows(self.actor, linked), self.actor, linked).alias(**annotations).filter(inner)
        return Q(**{f"{self._path(entry)}__in": rows.values("pk")})

    def _compare(self, entry: Field, condition: Condition) -> Q:
        found = comparison(entry, condition, self.actor)
        return NOTHING if found is None else self._filled(entry, *found)

    def _filled(self, entry: Field, operator: str, values: list[Any]) -> Q:
        """Return the condition; an empty value asks for records where the field is empty."""
        if operator == "isnull" or None not in values:
            return self._kind_condition(entry, operator, values)
        if operator in {"eq", "ne"}:
            return self._kind_condition(entry, "isnull", [operator == "eq"])
        filled = [value for value in values if value is not None]
        empty = self._kind_condition(entry, "isnull", [True])
        return empty | self._kind_condition(entry, "in", filled) if filled else empty

    def _kind_condition(self, entry: Field, operator: str, values: list[Any]) -> Q:
        if entry.is_sealed and operator != "isnull":
            return self._sealed_condition(entry, operator, values)
        if entry.source == CUSTOM and operator == "isnull":
            # The one door stores no empty values.
            filled = Q(custom__has_key=entry.name)
            return ~filled if values[0] else filled
        if entry.source == CUSTOM and entry.kind.many:
            # In the column lie texts, also of ids.
            return _custom_list_condition(entry, operator, [_in_json(value) for value in values])
        condition = entry.kind.condition(self._path(entry), operator, values)
        if operator == "contains" and entry.weight in INDEXED_WEIGHTS and is_chinese(values[0]):
            # Each pair of its characters is among the record's words, and those have an index.
            return Q(matches(search_query(values[0]))) & condition
        return condition

    def _sealed_condition(self, entry: Field, operator: str, values: list[Any]) -> Q:
        """Return the condition on encrypted values, which are found by fingerprints alone.

        While a field is being encrypted or decrypted, some values are still, or already, found as they are.
        """
        clear = entry.kind.condition(self._path(entry), operator, values) if entry.in_transition else None
        found = Q(matches(sealed_query(entry, values)))
        return found if clear is None else found | clear

    def _path(self, entry: Field) -> str:
        if entry.source != CUSTOM:
            return entry.attribute
        name = f"value_of_{entry.name}"
        self.annotations[name] = value_expression(entry)
        return name


def _in_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_json(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


def comparison(entry: Field, condition: Condition, actor: Actor) -> tuple[str, list[Any]] | None:
    """Return a condition's operator and its values as the field's kind reads them; None when nothing can pass it.

    None among the values stands for an empty field. Raises ``Unacceptable`` when the operator is not one of the
    field's, or a value does not fit.
    """
    kind = entry.kind
    operator = condition.operator or _default_operator(entry, condition)
    if operator not in kind.operators:
        message = _("“%(field)s” cannot be compared by “%(operator)s”. Possible: %(allowed)s.") % {
            "field": entry.label,
            "operator": operator[:30],
            "allowed": ", ".join(kind.operators),
        }
        raise Unacceptable("unknown_operator", message)
    values = list(condition.values)
    _check_number_of_values(entry, operator, values)
    if (getattr(kind, "target", "") == USER or kind.widget == "people") and operator != "isnull":
        values = [actor.user_id if value == ME else value for value in values]
        if None in values and ME in condition.values:
            return None
    parsed = kind.parse_filter(operator, values, reading_of(actor))
    if None in parsed and operator not in {"isnull", "eq", "ne", "in"}:
        raise Unacceptable("value_needed", _("“%(field)s” needs a value here.") % {"field": entry.label})
    return operator, parsed


def is_chinese(value: Any) -> bool:
    """Say whether a text is nothing but two or more Chinese characters."""
    return isinstance(value, str) and _CHINESE.fullmatch(value) is not None


def _default_operator(entry: Field, condition: Condition) -> str:
    if len(condition.values) > 1 and "in" in entry.kind.operators:
        return "in"
    return "eq" if "eq" in entry.kind.operators else "contains"


def _check_number_of_values(entry: Field, operator: str, values: list[Any]) -> None:
    wanted = OPERATORS[operator].arity
    # A text contains one text; a list may have to contain several values.
    if wanted == LIST and (operator == "in" or entry.kind.many):
        fits, wanted = len(values) > 0, 1
    else:
        wanted = max(wanted, 1)
        fits = len(values) == wanted
    if not fits:
        message = _("“%(operator)s” takes %(wanted)d value(s), not %(given)d.")
        given = {"operator": operator, "wanted": wanted, "given": len(values)}
        raise Unacceptable("wrong_number_of_values", message % given)


def _custom_list_condition(entry: Field, operator: str, values: list[Any]) -> Q:
    """Return the filter of a custom field that holds a list: JSON containment, which a GIN index serves."""
    wanted = [item for value in values for item in (value if isinstance(value, list) else [value])]
    if operator == "contains":
        return Q(custom__contains={entry.name: wanted})
    return reduce(operators.or_, (Q(custom__contains={entry.name: [item]}) for item in wanted), NOTHING)
