"""Merging records into one, and taking a merge back within 30 days."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import F, Func, JSONField, TextField, Value
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.kernel.registry import Registry
from banyan.core.objects.kinds import Reference, reference_to
from banyan.core.objects.models import Record
from banyan.core.objects.registry import shaped, spec_for, specs_here
from banyan.core.objects.spec import CUSTOM, ObjectSpec
from banyan.core.records.changelog import record_changes
from banyan.core.records.door import lock, write_changes
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import ChangeAction, Merge
from banyan.core.records.policies import ask_to_keep
from banyan.core.records.recycle import links_to
from banyan.core.records.sealing import opened_pair, sealed_pair

UNMERGE_WITHIN = timedelta(days=30)
MOST_RECORDS = 20

#: Tables outside the object registry that point to records by a reference column, such as files:
#: ``label -> (model, column)``; rooms above register theirs.
reference_holders: Registry[tuple[type[Any], str]] = Registry("reference holders")


@dataclass(frozen=True)
class LinkHolder:
    """A table outside the object registry that points to records of an object by the id in ``column``.

    With ``is_single`` a record has at most one row, and the kept record's own stays; ``flag`` names a column that is set
    in at most one row of a record, and stays set in the kept record's own.
    """

    model: type[Any]
    column: str
    object_name: str
    is_single: bool = False
    flag: str = ""


#: What apps above have beside their objects: their own name of it -> the table.
link_holders: Registry[LinkHolder] = Registry("link holders")


@transaction.atomic
def merge(
    actor: Actor,
    spec: ObjectSpec,
    keep_id: uuid.UUID,
    drop_ids: Sequence[uuid.UUID],
    *,
    choices: Mapping[str, uuid.UUID] | None = None,
) -> Merge:
    """Merge records into one that is kept, and return the merge.

    ``choices`` names for a field the record whose value wins; for others the kept record's value
    stays, and where it is empty the first filled one is taken. Lists (tags) are united. Everything
    that points to the dropped records points to the kept one afterwards. Raises ``Missing``,
    ``NotAllowed``, ``Refused``, what a policy has against it that a record goes, and, when the result breaks a rule,
    ``Invalid``.
    """
    if not drop_ids or keep_id in drop_ids or len(drop_ids) > MOST_RECORDS:
        raise Refused("bad_merge", _("Choose between two and twenty different records to merge."))
    spec = shaped(actor.organization, spec)
    context = WriteContext.for_actor(actor, exempt=True)
    records = {record.pk: record for record in lock(actor, spec, [keep_id, *drop_ids], Action.EDIT)}
    lock(actor, spec, list(drop_ids), Action.DELETE)
    ask_to_keep(spec, [records[pk] for pk in drop_ids], context)
    draft = _united(spec, records, keep_id, choices=choices or {})
    moved = _move_pointers(context, spec, keep_id, list(drop_ids))
    # What is derived from those that point to it has changed by now.
    records[keep_id].refresh_from_db(fields=["custom"])
    spec.model._default_manager.filter(pk__in=drop_ids).update(  # noqa: SLF001
        deleted_at=now(), deleted_by_id=actor.user_id, deleted_batch=context.batch_id
    )
    before = {name: _kept_pair(draft, name) for name in draft.values}
    outcome = write_changes(context, spec, [draft])
    if outcome.rejected:
        raise Refused("bad_merge", str(outcome.rejected[keep_id][0].message))
    done = Merge.objects.create(
        organization_id=actor.organization_id,
        batch_id=context.batch_id,
        object_name=spec.name,
        kept_id=keep_id,
        dropped=[str(pk) for pk in drop_ids],
        moved=moved,
        before=before,
        actor_id=actor.user_id,
    )
    record_changes(context, spec, ChangeAction.MERGE, [ChangedRecord(pk) for pk in (keep_id, *drop_ids)])
    return done


def _kept_pair(draft: Draft, name: str) -> list[Any]:
    """Return a field's value before and after the merge, sealed where the record's are."""
    entry = draft.spec.all_fields[name]
    pair = (entry.kind.to_json(draft.before(name)), entry.kind.to_json(draft.get(name)))
    return list(sealed_pair(entry, draft.record_id, pair))


def _united(
    spec: ObjectSpec,
    records: Mapping[uuid.UUID, Record],
    keep_id: uuid.UUID,
    *,
    choices: Mapping[str, uuid.UUID],
) -> Draft:
    draft = Draft(spec, existing=records[keep_id])
    others = [Draft(spec, existing=record) for pk, record in records.items() if pk != keep_id]
    for name, entry in spec.writable_fields.items():
        current = draft.get(name)
        chosen = choices.get(name)
        if chosen is not None and chosen in records:
            draft.set(name, Draft(spec, existing=records[chosen]).get(name))
        elif entry.kind.many:
            united = list(current or [])
            for other in others:
                united.extend(item for item in other.get(name) or [] if item not in united)
            draft.set(name, united)
        elif entry.kind.is_empty(current):
            filled = (other.get(name) for other in others if not entry.kind.is_empty(other.get(name)))
            draft.set(name, next(filled, current))
    return draft


def _move_pointers(
    context: WriteContext, spec: ObjectSpec, keep_id: uuid.UUID, drop_ids: list[uuid.UUID]
) -> list[dict[str, Any]]:
    """Point everything to the kept record; return per column and dropped record which rows moved."""
    moved = [
        _move(context, target, old=old, new=new)
        for target in _pointers(spec)
        for old, new in ((target.value(spec, dropped), target.value(spec, keep_id)) for dropped in drop_ids)
    ]
    return [entry for entry in moved if entry["ids"]]


@dataclass(frozen=True)
class _Pointer:
    """A column that points to records: a link or reference of an object, or a table beside the objects.

    The column of a link that an organization added is the path of its value.
    """

    model: type[Any]
    column: str
    is_reference: bool
    owner: ObjectSpec | None = None
    name: str = ""
    is_single: bool = False
    flag: str = ""

    def value(self, spec: ObjectSpec, record_id: uuid.UUID) -> str:
        return reference_to(spec.name, record_id) if self.is_reference else str(record_id)

    def change(self, value: str) -> dict[str, Any]:
        """Return what lets a row point to something else, as an update takes it."""
        custom, separator, name = self.column.partition("__")
        if not separator:
            return {self.column: value}
        path = Value([name], output_field=ArrayField(TextField()))
        return {custom: Func(F(custom), path, Value(value, JSONField()), function="jsonb_set")}


def _pointers(spec: ObjectSpec) -> list[_Pointer]:
    links = [_Pointer(other.model, link.attribute, False, other, link.name) for other, link in links_to(spec)]
    own = [
        _Pointer(other.model, f"custom__{link.name}", False, other, link.name)
        for other, link in links_to(spec, source=CUSTOM)
    ]
    references = [
        _Pointer(other.model, entry.attribute, True, other, entry.name)
        for other in specs_here().values()
        for entry in other.all_fields.values()
        if isinstance(entry.kind, Reference)
    ]
    beside = [_Pointer(model, column, True) for model, column in reference_holders]
    held = [
        _Pointer(holder.model, holder.column, False, is_single=holder.is_single, flag=holder.flag)
        for holder in link_holders
        if holder.object_name == spec.name
    ]
    return [*links, *own, *references, *beside, *held]


def _move(
    context: WriteContext, target: _Pointer, *, old: str, new: str, ids: Sequence[str] | None = None
) -> dict[str, Any]:
    """Let rows point elsewhere and log it, so that whatever is derived from them is worked out again."""
    rows = target.model._default_manager.filter(**{target.column: old})  # noqa: SLF001
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if target.is_single or target.flag:
        there = target.model._default_manager.filter(**{target.column: new})  # noqa: SLF001
        if target.is_single and there.exists():
            rows = rows.none()
        elif target.flag and there.filter(**{target.flag: True}).exists():
            rows.update(**{target.flag: False})
    found = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    if found:
        target.model._default_manager.filter(pk__in=found).update(**target.change(new))  # noqa: SLF001
        if target.owner is not None:
            changed = [ChangedRecord(pk, {target.name: (old, new)}) for pk in found]
            record_changes(context, target.owner, ChangeAction.UPDATE, changed)
    label = target.model._meta.label_lower  # noqa: SLF001
    return {"model": label, "column": target.column, "old": old, "new": new, "ids": [str(pk) for pk in found]}


@transaction.atomic
def unmerge(actor: Actor, batch_id: uuid.UUID) -> Merge:
    """Take a merge back: dropped records return with their children, the kept one gets its old values.

    What was moved goes back if it still points to the kept record; a field that was changed since keeps
    its new value. Raises ``Missing``, ``NotAllowed``, or ``Refused`` after 30 days.
    """
    done = Merge.objects.select_for_update().filter(batch_id=batch_id).first()
    if done is None:
        raise Missing("not_found", _("There is no such merge."))
    if done.undone_at is not None or done.at < now() - UNMERGE_WITHIN:
        raise Refused("too_late", _("This merge was taken back already, or is older than 30 days."))
    spec = spec_for(actor.organization, done.object_name)
    context = WriteContext.for_actor(actor, exempt=True)
    kept = lock(actor, spec, [done.kept_id], Action.EDIT)[0]
    rows = spec.model._default_manager.filter(pk__in=done.dropped, deleted_batch=done.batch_id)  # noqa: SLF001
    rows.update(deleted_at=None, deleted_by=None, deleted_batch=None)
    pointers = {(target.model._meta.label_lower, target.column): target for target in _pointers(spec)}  # noqa: SLF001
    for move in done.moved:
        target = pointers[move["model"], move["column"]]
        _move(context, target, old=move["new"], new=move["old"], ids=move["ids"])
    kept.refresh_from_db(fields=["custom"])
    draft = Draft(spec, existing=kept)
    for name, pair in done.before.items():
        entry = spec.all_fields.get(name)
        if entry is None:
            continue
        old, new = opened_pair(entry, kept.pk, pair)
        if entry.kind.to_json(draft.get(name)) == new:
            draft.set(name, entry.kind.from_json(old))
    write_changes(context, spec, [draft])
    record_changes(context, spec, ChangeAction.RESTORE, [ChangedRecord(uuid.UUID(pk)) for pk in done.dropped])
    done.undone_at = now()
    done.save(update_fields=["undone_at"])
    return done
