"""Where the room hangs on to the rest of the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.events import SetupChanged
from banyan.core.kernel.events import subscribe
from banyan.core.listing.filters import parse_tree, to_q
from banyan.core.objects.defining import filter_checks
from banyan.core.objects.field_uses import field_uses, uses_in_fields
from banyan.core.objects.spec import ObjectSpec
from banyan.core.own_fields import following, jobs, policies, uses
from banyan.core.records.events import FiguresChanged, RecordsChanged


def register() -> None:
    """Register policies, subscribers, checks and uses."""
    policies.register()
    subscribe(RecordsChanged, "own_fields.follow", following.follow_records)
    subscribe(FiguresChanged, "own_fields.follow", following.follow_figures)
    subscribe(SetupChanged, "own_fields.compute_changed_field", jobs.compute_changed_field)
    filter_checks.add("own_fields", check_filter)
    field_uses.add("own_fields", uses_in_fields)
    field_uses.add("saved_views", uses.uses_in_views)
    field_uses.add("sharing_rules", uses.uses_in_sharing)
    field_uses.add("roles", uses.uses_in_roles)


def check_filter(actor: Actor, child: ObjectSpec, tree: Mapping[str, Any]) -> None:
    """Raise ``Invalid`` for a filter that is none, or in which a field, operator or value is impossible."""
    to_q(parse_tree(tree), child, actor)
