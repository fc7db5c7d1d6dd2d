"""Colours of rows by rules of a view, such as red for what is overdue; decided by the database as filters are."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Value, When
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.filters import Annotations, Node, live_rows, parse_tree, to_q, tree_to_json
from banyan.core.objects.spec import ObjectSpec

COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "grey")
MOST_RULES = 10


@dataclass(frozen=True)
class ColorRule:
    """Records that fit the filter have the colour."""

    filter: Node
    color: str


def read_rules(given: Any) -> tuple[ColorRule, ...]:
    """Return rules from ``[{"filter": tree, "color": name}]``; raise ``Invalid`` for anything else."""
    if not isinstance(given, list) or len(given) > MOST_RULES:
        message = _("A view has at most %(maximum)d rules of colour.") % {"maximum": MOST_RULES}
        raise Invalid([FieldError("color_rules", "bad_rules", message)])
    rules = []
    for entry in given:
        color = entry.get("color") if isinstance(entry, dict) else None
        tree = entry.get("filter") if isinstance(entry, dict) else None
        if color not in COLORS or not isinstance(tree, dict) or not tree:
            message = _("A rule has a filter and one of the colours %(colors)s.") % {"colors": ", ".join(COLORS)}
            raise Invalid([FieldError("color_rules", "bad_rule", message)])
        rules.append(ColorRule(parse_tree(tree), str(color)))
    return tuple(rules)


def rules_to_json(rules: Sequence[ColorRule]) -> list[dict[str, Any]]:
    """Return rules as they are stored."""
    return [{"filter": tree_to_json(rule.filter), "color": rule.color} for rule in rules]


def colors_of(
    actor: Actor, spec: ObjectSpec, rules: Sequence[ColorRule], ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Return the colours of records by the first rule that fits each, in one query; none without rules.

    A rule by a field that the actor may not see, or that no longer exists, colours nothing.
    """
    cases: list[When] = []
    annotations: Annotations = {}
    for rule in rules:
        try:
            condition, needed = to_q(rule.filter, spec, actor)
        except Invalid:
            continue
        if condition:
            cases.append(When(condition, then=Value(rule.color)))
            annotations |= needed
    if not cases or not ids:
        return {}
    rows = live_rows(actor, spec).filter(pk__in=ids).alias(**annotations)
    colored = rows.annotate(color=Case(*cases, default=Value(""), output_field=CharField()))
    return {pk: color for pk, color in colored.values_list("pk", "color") if color}
