"""Conditions of roles and sharing rules, which access keeps as filters, as conditions of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Q

from banyan.core.access.actor import Actor
from banyan.core.access.conditions import NOTHING
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import live_rows, parse_tree, to_q
from banyan.core.objects.spec import ObjectSpec


def compile_condition(actor: Actor, spec: ObjectSpec, condition: Mapping[str, Any]) -> Q:
    """Return a filter as a condition: whoever made the rule chose its fields, so all of them count.

    ``me`` is the actor. A filter that is no longer possible lets nothing through.
    """
    reader = replace(actor, is_system=True)
    try:
        compiled, annotations = to_q(parse_tree(condition), spec, reader)
    except Invalid:
        return NOTHING
    if not annotations:
        return compiled
    # A custom field is an annotation of its own query.
    return Q(pk__in=live_rows(reader, spec).alias(**annotations).filter(compiled).values("pk"))
