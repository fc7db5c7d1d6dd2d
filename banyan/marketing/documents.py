"""Segments by rule as a part of the configuration file: what an industry or another organization brings to write to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Filter, Property, Text
from banyan.core.listing.filters import parse_tree, to_q, tree_to_json
from banyan.core.listing.portable import local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart, register_part
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.tenancy.models import Organization
from banyan.marketing.choices import SEGMENT, MemberObject, SegmentKind
from banyan.marketing.models import LIVE, Segment


def read_segments(organization: Organization) -> Sequence[dict[str, Any]]:
    """Return the segments by rule that leave out no other one; lists of records belong to an organization alone."""
    found: dict[str, dict[str, Any]] = {}
    for row in Segment.objects.filter(LIVE, kind=SegmentKind.DYNAMIC, excluded=[]).order_by("name", "created_at"):
        spec = spec_for(organization, row.object_name)
        tree = portable_filter(organization, spec, row.filter) if row.filter else {}
        found.setdefault(row.name, {KEY: row.name, "object": row.object_name, "filter": tree, "notes": row.notes})
    return list(found.values())


def apply_segment(actor: Actor, change: Change) -> None:
    """Make, change or delete a segment by rule."""
    rows = Segment.objects.filter(LIVE, kind=SegmentKind.DYNAMIC, excluded=[], name=change.key)
    row = rows.order_by("created_at").first()
    if change.entry is None:
        if row is not None:
            recycle.delete(actor, spec_for(actor.organization, SEGMENT), [row.pk])
        return
    # Not by the service of the pages: a template brings its segments before the module is switched on.
    entry, organization = change.entry, actor.organization
    target = spec_for(organization, str(entry["object"]))
    tree: dict[str, Any] = {}
    if entry["filter"]:
        node = parse_tree(local_filter(organization, target, entry["filter"]))
        to_q(node, target, actor)
        tree = tree_to_json(node)
    given = {
        "name": change.key,
        "kind": SegmentKind.DYNAMIC.value,
        "object_name": target.name,
        "notes": str(entry["notes"] or ""),
    }
    spec = spec_for(organization, SEGMENT)
    made: Any = door.create(actor, spec, given) if row is None else door.update(actor, spec, row.pk, given)
    made.filter = tree
    made.save(update_fields=["filter"])


def register() -> None:
    """Make the part known."""
    register_part(
        ConfigurationPart(
            name="segments",
            label=gettext_lazy("Segments"),
            key_help=gettext_lazy("the name"),
            properties={
                "object": Property(
                    Text(choices=tuple(MemberObject.values)), gettext_lazy("Of which records"), needed=True, fixed=True
                ),
                "filter": Property(Filter(), gettext_lazy("Condition"), default={}),
                "notes": Property(Text(longest=5000), gettext_lazy("Notes"), default=""),
            },
            read=read_segments,
            apply=apply_segment,
            after=("objects", "fields", "pick_lists", "organization"),
        )
    )
