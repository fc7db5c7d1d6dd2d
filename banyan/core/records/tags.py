"""Keeping tags in order: which are in use and how often, renaming, merging and removing them in all records at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Func, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.listing.filters import Condition, live_rows, to_q
from banyan.core.objects.kinds import Tags
from banyan.core.objects.models import Record
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.records.door import write_changes
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.storage import chunks

CHUNK_ROWS = 1_000
MOST_TAGS = 1_000
LONGEST_TAG = 60


@dataclass(frozen=True)
class TagField:
    """A field of an object that holds tags."""

    spec: ObjectSpec
    entry: Field


@dataclass(frozen=True)
class TagUse:
    """A tag and in how many records it stands."""

    tag: str
    count: int


@dataclass(frozen=True)
class TagsReplaced:
    """What a replacement did: the batch by which it can be undone, and how many records changed."""

    batch_id: uuid.UUID
    changed: int


def tag_fields(actor: Actor) -> list[TagField]:
    """Return the fields of the organization's objects that hold tags, its own ones included."""
    return [
        TagField(spec, entry)
        for spec in specs_on(actor.organization).values()
        for entry in spec.writable_fields.values()
        if isinstance(entry.kind, Tags)
    ]


def find_tag_field(actor: Actor, object_name: str, field_name: str) -> TagField:
    """Return a field that holds tags; raise ``Missing``."""
    for found in tag_fields(actor):
        if found.spec.name == object_name and found.entry.name == field_name:
            return found
    raise Missing("not_found", _("There is no such field with tags."))


def tags_in_use(actor: Actor, field: TagField) -> list[TagUse]:
    """Return the tags of a field in records that the actor sees, the most frequent first; at most 1,000."""
    tags = _each_tag(restrict(live_rows(actor, field.spec), actor, field.spec), field.entry)
    counted = tags.values("tag").annotate(number=Count("pk")).order_by("-number", "tag")
    return [TagUse(row["tag"], row["number"]) for row in counted[:MOST_TAGS]]


@transaction.atomic
def replace_tags(actor: Actor, field: TagField, tags: Sequence[str], *, by: str | None) -> TagsReplaced:
    """Put one tag in the place of others in every record of the organization; with ``by`` None take them out.

    One tag replaced by a new one is renamed; several, or by one in use, are merged. The records go through
    the one door in sets, as one batch, which can be undone.

    Raises:
        NotAllowed: The actor may not customise.
        Invalid: No tag is given, or the new one is empty or too long.
    """
    require_ability(actor, Ability.CUSTOMISE)
    old = [tag for tag in dict.fromkeys(tags) if tag]
    new = None if by is None else clean_text(by)
    if not old:
        raise Invalid([FieldError("tags", "required", _("Choose at least one tag."))])
    if new is not None and not 0 < len(new) <= LONGEST_TAG:
        message = _("Give the tag a name of at most %(maximum)d characters.") % {"maximum": LONGEST_TAG}
        raise Invalid([FieldError("by", "bad_tag", message)])
    context = WriteContext.for_actor(actor, exempt=True)
    changed = 0
    for ids in _records_with(actor, field, old):
        drafts = [Draft(field.spec, existing=record) for record in _locked(field.spec, ids)]
        for draft in drafts:
            draft.set(field.entry.name, replaced(draft.get(field.entry.name) or [], set(old), new))
        changed += len(write_changes(context, field.spec, drafts).updated)
    return TagsReplaced(context.batch_id, changed)


def replaced(tags: Sequence[str], old: set[str], new: str | None) -> list[str]:
    """Return tags with one in the place of others, each once and in their order."""
    found = (new if tag in old else tag for tag in tags)
    return list(dict.fromkeys(tag for tag in found if tag is not None))


def _records_with(actor: Actor, field: TagField, tags: Sequence[str]) -> Iterator[list[uuid.UUID]]:
    """Yield the ids of all live records that have one of the tags, in parts; the index on tags finds them."""
    condition, annotations = to_q(Condition(field.entry.name, "in", tuple(tags)), field.spec, actor)
    rows = live_rows(actor, field.spec).alias(**annotations).filter(condition)
    yield from chunks(list(rows.values_list("pk", flat=True)), CHUNK_ROWS)


def _locked(spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> QuerySet[Record]:
    """Lock live records in order of their ids; who may keep tags in order changes them in everybody's records."""
    rows: QuerySet[Record] = spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=True)  # noqa: SLF001
    return rows.select_for_update(of=("self",)).order_by("pk")


def _each_tag(rows: QuerySet[Any], entry: Field) -> QuerySet[Any]:
    """Return one row for each tag of each record."""
    if entry.source != CUSTOM:
        filled = rows.exclude(Q(**{entry.attribute: []}))
        return filled.annotate(tag=Func(F(entry.attribute), function="unnest", output_field=TextField()))
    filled = rows.filter(custom__has_key=entry.name)
    return filled.annotate(
        tag=Func(KeyTransform(entry.name, "custom"), function="jsonb_array_elements_text", output_field=TextField())
    )
