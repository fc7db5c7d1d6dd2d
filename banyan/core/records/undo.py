"""Taking back a piece of work: everything that one batch created, changed, deleted or restored."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import CUSTOM, ObjectSpec
from banyan.core.records import recycle
from banyan.core.records.door import write_changes
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.models import Change, ChangeAction
from banyan.core.records.sealing import opened_pair
from banyan.core.records.storage import chunks

CHUNK_ROWS = 1_000


@dataclass
class Undone:
    """What an undo did: how many records went back, and the ids of those changed since, left alone."""

    batch_id: uuid.UUID
    undone: int = 0
    conflicts: list[uuid.UUID] = field(default_factory=list)


@transaction.atomic
def undo(actor: Actor, batch_id: uuid.UUID) -> Undone:
    """Take back a batch of the actor's own, or anybody's for those who manage the organization.

    Created records go to the recycle bin, changed fields get their old values where nobody has changed
    them since, deleted records come back. The undo is a batch itself and can be undone. Raises
    ``Missing`` when there is no such batch, ``NotAllowed`` when it is somebody else's.
    """
    groups = list(
        Change.objects.filter(batch_id=batch_id).values_list("object_name", "action", "actor_id").order_by().distinct()
    )
    if not groups:
        raise Missing("not_found", _("There is nothing to undo."))
    if any(by != actor.user_id for _name, _action, by in groups) and not actor.has(Ability.MANAGE_ORGANIZATION):
        raise NotAllowed("not_allowed", _("You can undo only what you did yourself."))
    context = WriteContext.for_actor(actor, exempt=True)
    result = Undone(context.batch_id)
    steps = {
        ChangeAction.UPDATE: _take_back_updates,
        ChangeAction.CREATE: _take_back_creations,
        ChangeAction.DELETE: _take_back_deletions,
        ChangeAction.RESTORE: _take_back_creations,
    }
    for action, step in steps.items():
        for name, found, _by in groups:
            if found == action:
                spec = spec_for(actor.organization, name)
                changes = Change.objects.filter(batch_id=batch_id, object_name=name, action=action).order_by("-id")
                for part in chunks(changes.iterator(CHUNK_ROWS), CHUNK_ROWS):
                    step(context, spec, part, result)
    return result


def _take_back_updates(context: WriteContext, spec: ObjectSpec, changes: list[Change], result: Undone) -> None:
    rows = spec.model._default_manager.filter(  # noqa: SLF001
        pk__in=[change.record_id for change in changes], deleted_at__isnull=True
    )
    allowed = restrict(rows, context.actor, spec, Action.EDIT)
    found = {record.pk: record for record in allowed.select_for_update(of=("self",)).order_by("pk")}
    drafts: dict[uuid.UUID, Draft] = {}
    for change in changes:
        record = found.get(change.record_id)
        if record is None:
            result.conflicts.append(change.record_id)
            continue
        draft = drafts.setdefault(record.pk, Draft(spec, existing=record))
        if not _put_back(draft, change.values):
            result.conflicts.append(record.pk)
    outcome = write_changes(context, spec, list(drafts.values()))
    result.undone += len(outcome.updated)
    result.conflicts.extend(outcome.rejected)


def _put_back(draft: Draft, values: dict[str, Any]) -> bool:
    """Set the old values of fields that still have the new ones; say whether that was all of them."""
    complete = True
    for name, pair in values.items():
        entry = draft.spec.all_fields.get(name)
        if entry is None:
            complete = False
            continue
        if entry.read_only and entry.source == CUSTOM:
            # What is computed follows from what goes back.
            continue
        old, new = opened_pair(entry, draft.record_id, pair)
        current = entry.kind.to_json(draft.get(name))
        if current == new or (entry.kind.is_empty(current) and entry.kind.is_empty(new)):
            draft.set(name, entry.kind.from_json(old))
        else:
            complete = False
    return complete


def _take_back_creations(context: WriteContext, spec: ObjectSpec, changes: list[Change], result: Undone) -> None:
    ids = _present(context.actor, spec, (change.record_id for change in changes), deleted=False)
    if ids:
        recycle.delete(context.actor, spec, ids, context=context)
        result.undone += len(ids)


def _take_back_deletions(context: WriteContext, spec: ObjectSpec, changes: list[Change], result: Undone) -> None:
    ids = _present(context.actor, spec, (change.record_id for change in changes), deleted=True)
    if ids:
        recycle.restore(context.actor, spec, ids, context=context)
        result.undone += len(ids)


def _present(actor: Actor, spec: ObjectSpec, ids: Iterable[uuid.UUID], *, deleted: bool) -> list[uuid.UUID]:
    rows = spec.model._default_manager.filter(pk__in=list(ids), deleted_at__isnull=not deleted)  # noqa: SLF001
    action = Action.VIEW if actor.is_system else Action.DELETE
    return list(restrict(rows, actor, spec, action).values_list("pk", flat=True))


def new_batch() -> uuid.UUID:
    """Return an id that joins several writes to one piece of work."""
    return new_id()
