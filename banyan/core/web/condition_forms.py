"""Conditions on fields in forms: the filter editor for choosing one, and its words for showing it."""

from __future__ import annotations

import json
from typing import Any

from django.http import QueryDict

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import parse_tree, to_q, tree_to_json
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.filtering import FILTER_ID, fields_json, with_labels
from banyan.core.web.wording import describe, labels_of_filter


def condition_in_words(actor: Actor, spec: ObjectSpec, tree: Any) -> str:
    """Return a condition as a sentence; a broken one, because a field is gone, as it is stored."""
    try:
        node = parse_tree(tree)
        return describe(node, spec, actor, labels_of_filter(node, spec, actor))
    except Invalid:
        return json.dumps(tree, ensure_ascii=False)


def condition_editor(
    actor: Actor, spec: ObjectSpec, tree: Any, *, through_links: bool = False, **details: Any
) -> dict[str, Any]:
    """Return what the component ``filter_builder`` needs to edit a condition; ``details`` are further keys of it.

    With ``through_links`` it offers fields of linked records too.
    """
    node = parse_tree(tree) if tree else None
    labels = labels_of_filter(node, spec, actor)
    return {
        "id": FILTER_ID,
        "fields_json": fields_json(actor, spec, through_links=through_links),
        "value": with_labels(node, spec, labels, actor) if node is not None else None,
        "hidden": [],
        "save_url": "",
        **details,
    }


def sent_tree(sent: QueryDict, name: str = "filter") -> Any:
    """Return the tree that the filter editor sent, as it came: to show it again beside what is wrong."""
    try:
        return json.loads(sent.get(name) or "{}")
    except ValueError:
        return {}


def read_condition(actor: Actor, spec: ObjectSpec, sent: QueryDict) -> dict[str, Any]:
    """Return the condition that the filter editor sent; raise ``Invalid`` when a field or value in it is impossible."""
    node = parse_tree(sent_tree(sent))
    to_q(node, spec, actor)
    return tree_to_json(node)
