"""Filters in words: what a list is limited to, said so that anybody understands it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import ANY, OPERATORS, Condition, Group, Node, conditions_of
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import Choice, MultipleChoice, Unacceptable
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import reading_for

ME = "me"
PERIODS: dict[str, Any] = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "tomorrow": gettext_lazy("Tomorrow"),
    "this_week": gettext_lazy("This week"),
    "last_week": gettext_lazy("Last week"),
    "next_week": gettext_lazy("Next week"),
    "this_month": gettext_lazy("This month"),
    "last_month": gettext_lazy("Last month"),
    "next_month": gettext_lazy("Next month"),
    "this_quarter": gettext_lazy("This quarter"),
    "last_quarter": gettext_lazy("Last quarter"),
    "this_year": gettext_lazy("This year"),
    "last_year": gettext_lazy("Last year"),
    "last_7_days": gettext_lazy("Last 7 days"),
    "last_30_days": gettext_lazy("Last 30 days"),
    "last_90_days": gettext_lazy("Last 90 days"),
    "next_7_days": gettext_lazy("Next 7 days"),
    "next_30_days": gettext_lazy("Next 30 days"),
}
#: Days read better with other words than numbers do.
_OF_TIMES = {
    "lt": pgettext_lazy("comparison", "before"),
    "lte": gettext_lazy("up to"),
    "gt": gettext_lazy("after"),
    "gte": gettext_lazy("from"),
    "within": gettext_lazy("within"),
}


#: Why two records may be the same, by the codes that the finders of duplicates give.
DUPLICATE_REASONS: dict[str, Any] = {
    "same_tax_number": gettext_lazy("same tax number"),
    "same_email": gettext_lazy("same e-mail"),
    "same_phone": gettext_lazy("same phone"),
    "same_name": gettext_lazy("same name"),
    "similar_name": gettext_lazy("similar name"),
    "same_birthday": gettext_lazy("same birthday"),
    "similar_birthday": gettext_lazy("similar birthday"),
    "same_address": gettext_lazy("same address"),
    "similar_address": gettext_lazy("similar address"),
    "same_customer": gettext_lazy("same customer"),
}


def operator_label(entry: Field, operator: str) -> str:
    """Return what people call a comparison of a field."""
    if entry.kind.widget in {"date", "datetime"} and operator in _OF_TIMES:
        return str(_OF_TIMES[operator])
    return str(OPERATORS[operator].label) if operator in OPERATORS else operator


def period_label(name: str) -> str:
    """Return what people call a period."""
    if name in PERIODS:
        return str(PERIODS[name])
    which, _separator, rest = name.partition("_")
    days = rest.partition("_")[0]
    if not days.isdigit():
        return name
    if which == "last":
        return ngettext("Last %(days)s day", "Last %(days)s days", int(days)) % {"days": days}
    return ngettext("Next %(days)s day", "Next %(days)s days", int(days)) % {"days": days}


def describe(node: Node, spec: ObjectSpec, actor: Actor, labels: Mapping[uuid.UUID, str]) -> str:
    """Return a condition or a group of them as one phrase."""
    if isinstance(node, Group):
        joint = _(" or ") if node.mode == ANY else _(" and ")
        return joint.join(describe(part, spec, actor, labels) for part in node.parts)
    entry = field_at(spec, node.field, actor)
    if entry is None:
        return f"{node.field} {node.operator} {', '.join(map(str, node.values))}"
    operator = node.operator or "eq"
    if operator == "isnull":
        empty = str(node.values[0]).lower() in {"true", "1", "yes"}
        return f"{entry.label}: {_('empty') if empty else _('filled')}"
    texts = [_value_text(entry, operator, value, actor, labels) for value in node.values]
    joined = f"{texts[0]} – {texts[1]}" if operator == "between" and len(texts) == 2 else ", ".join(texts)
    if operator in {"eq", "in", "within"} or (operator == "contains" and entry.kind.many):
        return f"{entry.label}: {joined}"
    return f"{entry.label} {operator_label(entry, operator)} {joined}"


def labels_of_filter(node: Node | None, spec: ObjectSpec, actor: Actor) -> dict[uuid.UUID, str]:
    """Return the names of the records and people that a filter mentions."""
    wanted: dict[str, set[uuid.UUID]] = {}
    for condition in conditions_of(node):
        target = link_target(spec, condition, actor)
        ids = {found for value in condition.values if (found := parse_id(value)) is not None}
        if target and ids:
            wanted.setdefault(target, set()).update(ids)
    return labels_of(wanted, actor=actor) if wanted else {}


def field_at(spec: ObjectSpec, path: str, actor: Actor) -> Field | None:
    """Return the field that a condition names; one of a linked record is called after both."""
    name, dot, inner = path.partition(".")
    entry = spec.all_fields.get(name)
    if entry is None or not dot:
        return entry
    linked = specs_for(actor.organization).get(getattr(entry.kind, "target", ""))
    found = linked.all_fields.get(inner) if linked is not None else None
    return replace(found, label=f"{entry.label}: {found.label}") if found is not None else None


def link_target(spec: ObjectSpec, condition: Condition, actor: Actor) -> str:
    """Return what a condition's values point to; an empty text for plain values."""
    entry = field_at(spec, condition.field, actor)
    if entry is None:
        return ""
    return "user" if entry.kind.widget == "people" else str(getattr(entry.kind, "target", ""))


def _value_text(entry: Field, operator: str, value: Any, actor: Actor, labels: Mapping[uuid.UUID, str]) -> str:
    if operator == "within":
        return period_label(str(value))
    if value == ME and entry.kind.widget in {"person", "people"}:
        return _("me")
    if value == "today":
        return _("today")
    found = parse_id(value)
    if found is not None and found in labels:
        return labels[found]
    if isinstance(entry.kind, (Choice, MultipleChoice)):
        option = next((option for option in entry.kind.options if option.code == value), None)
        return str(option.label) if option else str(value)
    try:
        reading = reading_for(actor)
        return entry.kind.display(entry.kind.parse(value, reading), reading) or str(value)
    except Unacceptable:
        return str(value)


def parts_of(node: Node | None) -> Iterable[Node]:
    """Return the conditions and groups that all must hold, each of which can be taken away alone."""
    if node is None:
        return ()
    if isinstance(node, Group) and node.mode != ANY:
        return node.parts
    return (node,)
