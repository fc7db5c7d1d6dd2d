"""Making and changing segments: the rule is the filter of a list, checked as whoever writes it sees the records."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import FieldError, Invalid, Refused
from banyan.core.listing.filters import live_rows, parse_tree, to_q, tree_to_json
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.marketing.choices import SEGMENT, SegmentKind
from banyan.marketing.models import LIVE, Segment, SegmentMember
from banyan.marketing.queries import find_segment, rows_of, seen_segments, spec_on
from banyan.marketing.rules import leads_back

MOST_LISTED = 20_000
AT_ONCE = 1_000


@dataclass(frozen=True)
class SegmentValues:
    """What somebody says of a segment; ``filter`` is a filter tree, ``excluded`` are ids of other segments."""

    name: str
    object_name: str
    kind: str = SegmentKind.DYNAMIC
    notes: str = ""
    filter: Mapping[str, Any] = field(default_factory=dict)
    excluded: Sequence[uuid.UUID] = ()


@transaction.atomic
def save_segment(actor: Actor, segment: Segment | None, values: SegmentValues) -> Segment:
    """Make a segment, or change one. Raises ``NotAllowed``, ``Invalid`` with what is wrong."""
    checked = checked_segment(actor, segment, values)
    spec = spec_for(actor.organization, SEGMENT)
    given = {"name": values.name, "kind": values.kind, "notes": values.notes, "object_name": values.object_name}
    row: Any = door.create(actor, spec, given) if segment is None else door.update(actor, spec, segment.pk, given)
    row.filter, row.excluded = checked.filter, checked.excluded
    row.save(update_fields=["filter", "excluded"])
    return row


def checked_segment(actor: Actor, segment: Segment | None, values: SegmentValues) -> Segment:
    """Return what a segment would be, unsaved, to look at its members. Raises ``Invalid`` with what is wrong."""
    spec = spec_on(actor, values.object_name)
    errors: list[FieldError] = []
    tree: dict[str, Any] = {}
    if values.kind == SegmentKind.DYNAMIC and values.filter:
        node = parse_tree(values.filter)
        to_q(node, spec, actor)
        tree = tree_to_json(node)
    excluded = list(dict.fromkeys(values.excluded))
    known = {row.pk for row in seen_segments(actor, values.object_name)}
    if segment is not None and segment.pk in excluded:
        errors.append(FieldError("excluded", "circle", _("A segment cannot leave out itself.")))
    elif set(excluded) - known:
        message = _("Leave out segments of the same records that you can see.")
        errors.append(FieldError("excluded", "unknown_record", message))
    elif segment is not None and excluded and leads_back(segment.pk, _excluded_with(segment, excluded)):
        message = _("One of these segments leaves out this one. They cannot leave out each other.")
        errors.append(FieldError("excluded", "circle", message))
    if errors:
        raise Invalid(errors)
    return Segment(
        id=segment.pk if segment is not None else uuid.UUID(int=0), organization=actor.organization, name=values.name,
        object_name=values.object_name, kind=values.kind, filter=tree, excluded=excluded,
    )  # fmt: skip


def _excluded_with(segment: Segment, excluded: Sequence[uuid.UUID]) -> dict[uuid.UUID, Collection[uuid.UUID]]:
    rows = Segment.objects.filter(LIVE).exclude(excluded=[]).values_list("pk", "excluded")
    return {**dict(rows), segment.pk: excluded}


@transaction.atomic
def add_to_list(actor: Actor, segment: Segment, ids: Collection[uuid.UUID]) -> int:
    """Put records that somebody may see into a fixed list; return how many were not there yet."""
    if segment.kind != SegmentKind.STATIC:
        raise Refused("not_a_list", _("This segment follows a rule; only fixed lists take single records."))
    find_segment(actor, segment.pk, Action.EDIT)
    spec = spec_on(actor, segment.object_name)
    rows = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=ids)
    before = SegmentMember.objects.filter(segment=segment).count()
    if before + len(ids) > MOST_LISTED:
        message = _("A fixed list holds at most %(most)s records. Use a rule.") % {"most": f"{MOST_LISTED:,}"}
        raise Refused("too_many", message)
    SegmentMember.objects.bulk_create(
        [
            SegmentMember(organization=actor.organization, segment=segment, record_id=pk, added_by_id=actor.user_id)
            for pk in rows.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
        batch_size=AT_ONCE,
    )
    return SegmentMember.objects.filter(segment=segment).count() - before


@transaction.atomic
def remove_from_list(actor: Actor, segment: Segment, record_id: uuid.UUID) -> int:
    """Take a record out of a fixed list and return how many went; done twice it is the same."""
    find_segment(actor, segment.pk, Action.EDIT)
    return SegmentMember.objects.filter(segment=segment, record_id=record_id).delete()[0]


def first_members(actor: Actor, segment: Segment, count: int = 10) -> tuple[int, list[Any]]:
    """Return how many members somebody sees of a segment, and the first of them by name."""
    rows: QuerySet[Model] = rows_of(actor, segment)
    return rows.count(), list(rows.order_by("sort_name" if has_sort_name(rows) else "pk", "pk")[:count])


def has_sort_name(rows: QuerySet[Any]) -> bool:
    """Say whether records have a column by which names sort."""
    return any(entry.name == "sort_name" for entry in rows.model._meta.fields)  # noqa: SLF001 Django's own name for it
