"""The recycle bin: deleting, restoring and, much later, forgetting."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import PROTECT, RESTRICT, ForeignObjectRel, Model, Q, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.kernel.registry import Registry
from banyan.core.objects.registry import shaped, specs_here
from banyan.core.objects.spec import COLUMN, CUSTOM, Field, ObjectSpec
from banyan.core.records.changelog import record_changes
from banyan.core.records.door import Outcome, lock
from banyan.core.records.drafts import WriteContext
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import ChangeAction
from banyan.core.records.policies import ask_to_keep
from banyan.core.records.storage import chunks

KEEP = timedelta(days=90)
PURGE_ROWS = 1_000


@dataclass(frozen=True)
class Farewell:
    """What becomes of rows of ``model`` whose foreign key ``link`` points to a record that is erased for good.

    With ``goes`` they mean nothing without it and go along; otherwise they stay and let go of it. Without such an entry
    a row that protects the record keeps it in the bin.
    """

    model: type[Model]
    link: str
    goes: bool = True

    @property
    def attribute(self) -> str:
        """Return the column of the foreign key."""
        return f"{self.link}_id"

    @property
    def target(self) -> type[Model]:
        """Return the model that is pointed to."""
        return cast("type[Model]", self.model._meta.get_field(self.link).related_model)  # noqa: SLF001 as below

    def rows(self, ids: Collection[uuid.UUID]) -> QuerySet[Any]:
        """Return the rows that point to these records."""
        return self.model._default_manager.filter(**{f"{self.attribute}__in": ids})  # noqa: SLF001 as below


farewells: Registry[Farewell] = Registry("farewells")


@transaction.atomic
def delete(actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID], *, context: WriteContext | None = None) -> Outcome:
    """Put records into the recycle bin, with the children that have no life of their own.

    Raises ``Missing``, ``NotAllowed`` or what a policy has against it, before anything is deleted.
    """
    spec = shaped(actor.organization, spec)
    context = context or WriteContext.for_actor(actor)
    found = lock(actor, spec, ids, Action.DELETE)
    ask_to_keep(spec, found, context)
    outcome = Outcome(context.batch_id)
    outcome.updated = [record.pk for record in found]
    for target, targets in _with_children(spec, outcome.updated):
        target.model._default_manager.filter(pk__in=targets).update(  # noqa: SLF001
            deleted_at=now(), deleted_by_id=actor.user_id, deleted_batch=context.batch_id
        )
        record_changes(context, target, ChangeAction.DELETE, [ChangedRecord(pk) for pk in targets])
    return outcome


def _with_children(spec: ObjectSpec, ids: list[uuid.UUID]) -> Iterator[tuple[ObjectSpec, list[uuid.UUID]]]:
    """Yield the records and, level by level, the live children that go with them."""
    if not ids:
        return
    yield spec, ids
    for child in spec.children:
        if not child.cascade or child.object_name not in specs_here():
            continue
        target = specs_here()[child.object_name]
        attribute = target.all_fields[child.link].attribute
        below = target.model._default_manager.filter(  # noqa: SLF001
            **{f"{attribute}__in": ids}, deleted_at__isnull=True
        )
        yield from _with_children(target, list(below.values_list("pk", flat=True)))


@transaction.atomic
def restore(
    actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID], *, context: WriteContext | None = None
) -> Outcome:
    """Bring records back from the recycle bin, together with what was deleted along with them.

    Raises ``Missing`` when one does not lie in the bin, ``NotAllowed`` without the right to delete it.
    """
    context = context or WriteContext.for_actor(actor)
    rows = spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=False)  # noqa: SLF001
    if len(set(restrict(rows, actor, spec).values_list("pk", flat=True))) < len(set(ids)):
        raise Missing("not_found", _("This record does not lie in the recycle bin, or you may not see it."))
    if restrict(rows, actor, spec, Action.DELETE).count() < len(set(ids)):
        raise NotAllowed("not_allowed", _("You do not have the right to restore this record."))
    batches = list(rows.values_list("deleted_batch", flat=True).distinct())
    outcome = Outcome(context.batch_id)
    outcome.updated = list(ids)
    _revive(context, spec, Q(pk__in=list(ids)))
    for child in spec.children:
        if child.cascade and child.object_name in specs_here():
            target = specs_here()[child.object_name]
            attribute = target.all_fields[child.link].attribute
            _revive(context, target, Q(**{f"{attribute}__in": list(ids)}, deleted_batch__in=batches))
    return outcome


def _revive(context: WriteContext, spec: ObjectSpec, condition: Q) -> None:
    rows = spec.model._default_manager.filter(condition, deleted_at__isnull=False)  # noqa: SLF001
    ids = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    rows.filter(pk__in=ids).update(deleted_at=None, deleted_by=None, deleted_batch=None)
    record_changes(context, spec, ChangeAction.RESTORE, [ChangedRecord(pk) for pk in ids])


def purge_expired(spec: ObjectSpec) -> int:
    """Erase records that have lain in the bin for 90 days and that nothing points to; return how many.

    Runs within an organization's scope, as a nightly job.
    """
    rows = spec.model._default_manager.filter(deleted_at__lt=now() - KEEP)  # noqa: SLF001
    return erase_deleted(spec, list(rows.values_list("pk", flat=True)))


def erase_deleted(spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> int:
    """Erase those of the records that lie in the bin and that nothing needs, for good; return how many.

    What only makes sense with a record goes with it, and what lives on lets go of it, as ``farewells`` say.
    """
    rows = spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=False)  # noqa: SLF001
    erased = 0
    for part in chunks(list(rows.values_list("pk", flat=True)), PURGE_ROWS):
        free = set(part) - _pointed_at(spec, part)
        free -= _held_by_what_goes(spec, free)
        with transaction.atomic():
            _say_farewell(spec, free)
            # What hangs on a record goes with it, and is no record itself.
            _rows, by_model = spec.model._default_manager.filter(pk__in=free).delete()  # noqa: SLF001
        erased += by_model.get(spec.model._meta.label, 0)  # noqa: SLF001 Django's public model API is named so
    return erased


def _farewells_to(spec: ObjectSpec) -> list[Farewell]:
    return [entry for entry in farewells if entry.target is spec.model]


def _held_by_what_goes(spec: ObjectSpec, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the records whose rows would go with them, but are needed themselves."""
    specs = {other.model: other for other in specs_here().values()}
    held: set[uuid.UUID] = set()
    for entry in _farewells_to(spec):
        if not entry.goes or entry.model not in specs:
            continue
        going = dict(entry.rows(ids).values_list("pk", entry.attribute))
        held |= {going[pk] for pk in _pointed_at(specs[entry.model], list(going))}
    return held


def _say_farewell(spec: ObjectSpec, ids: Collection[uuid.UUID]) -> None:
    for entry in _farewells_to(spec):
        if entry.goes:
            entry.rows(ids).delete()
        else:
            entry.rows(ids).update(**{entry.attribute: None})


def _pointed_at(spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the records that a row of any object, or of a table beside them, still points to."""
    parting = {(entry.model, entry.attribute) for entry in _farewells_to(spec)}
    columns = {(other.model, link.attribute) for other, link in links_to(spec)} | _protecting(spec)
    found: set[uuid.UUID] = set()
    for model, attribute in columns - parting:
        rows = model._default_manager.filter(**{f"{attribute}__in": ids})  # noqa: SLF001
        found |= set(rows.values_list(attribute, flat=True))
    texts = [str(record_id) for record_id in ids]
    for other, link in links_to(spec, source=CUSTOM):
        rows = other.model._default_manager.filter(**{f"custom__{link.name}__in": texts})  # noqa: SLF001
        found |= {uuid.UUID(text) for text in rows.values_list(f"custom__{link.name}", flat=True)}
    return found


def _protecting(spec: ObjectSpec) -> set[tuple[type[Model], str]]:
    """Return models and columns that keep the database from deleting a row they point to."""
    related = spec.model._meta.get_fields(include_hidden=True)  # noqa: SLF001 Django's public model API is named so
    return {
        (cast("type[Model]", found.related_model), found.field.attname)
        for found in related
        if isinstance(found, ForeignObjectRel) and getattr(found, "on_delete", None) in (PROTECT, RESTRICT)
    }


def links_to(spec: ObjectSpec, *, source: str = COLUMN) -> list[tuple[ObjectSpec, Field]]:
    """Return the fields of all objects that point to records of this one: those with a column, or organizations' own."""
    return [
        (other, entry)
        for other in specs_here().values()
        for entry in other.links.values()
        if getattr(entry.kind, "target", "") == spec.name and entry.source == source
    ]
