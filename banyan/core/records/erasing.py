"""Erasing values of records so that nothing is left of them: not in the log, not in what merges keep, not in search.

It belongs to the one door, but asks for no right on the records: who calls it has decided that the person whose
data it is may have it erased. Records in the recycle bin are no exception.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.registry import shaped
from banyan.core.objects.spec import CUSTOM, ObjectSpec
from banyan.core.records.changelog import record_changes
from banyan.core.records.door import store
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import Change, ChangeAction, Merge

#: What is kept of a value in the log when it may not be kept: that there was one, and no more.
FORGOTTEN = [None, None]

#: Returns what remains of a text, list or mapping in JSON's terms; nothing of the erased values.
Clean = Callable[[Any], Any]


@dataclass
class Erased:
    """What was erased: how many records and merges were changed, and the entries of the change log that were."""

    records: int = 0
    merges: int = 0
    change_ids: list[uuid.UUID] = field(default_factory=list)


@transaction.atomic
def overwrite(
    actor: Actor,
    spec: ObjectSpec,
    values: Mapping[uuid.UUID, Mapping[str, Any]],
    *,
    clean: Clean,
    forget: Collection[str] = (),
) -> Erased:
    """Give records other values, as Python values of their fields, and leave no trace of the old ones.

    What the change log and merges keep of these records goes through ``clean``; of the fields in ``forget``, and of
    those that are encrypted, nothing is kept. The log of each record says that something was erased. Whoever calls it
    notes the ids of the changed log entries in the audit log, whose chain would break otherwise.

    Raises ``Invalid`` when a rule of the object refuses the new values; then nothing is changed.
    """
    spec = shaped(actor.organization, spec)
    context = WriteContext.for_actor(actor, exempt=True)
    rows = spec.model._default_manager.filter(pk__in=list(values))  # noqa: SLF001 Django's own name for it
    drafts = [Draft(spec, existing=record) for record in rows.select_for_update(of=("self",)).order_by("pk")]
    for draft in drafts:
        _clean_own_fields(spec, draft, clean, forget)
        for name, value in values[draft.record_id].items():
            draft.set(name, _stored_empty(spec, name) if value is None else value)
    if spec.prepare is not None and drafts:
        spec.prepare(drafts, context)
    wrong = [error for draft in drafts for error in draft.errors]
    if wrong:
        raise Invalid(wrong)
    written = [draft for draft in drafts if draft.values or draft.columns]
    if written:
        store(context, spec, written)
    erased = Erased(records=len(written))
    ids = [draft.record_id for draft in drafts]
    erased.change_ids = _clean_log(spec, ids, clean, forget)
    erased.merges = _clean_merges(spec, ids, clean, forget)
    told = [ChangedRecord(draft.record_id, dict.fromkeys(draft.values, (None, None))) for draft in written]
    record_changes(context, spec, ChangeAction.ERASE, told)
    return erased


def _clean_own_fields(spec: ObjectSpec, draft: Draft, clean: Clean, forget: Collection[str]) -> None:
    """Clean what lies in fields of the organization that are not in use: no other write ever reaches those."""
    known = {entry.name for entry in spec.custom_fields}
    existing: Any = draft.existing
    before = existing.custom or {}
    kept = {name: value for name, value in before.items() if name in known}
    if not forget:
        kept |= {name: clean(value) for name, value in before.items() if name not in known}
    if kept != before:
        existing.custom = draft.columns["custom"] = kept


def _stored_empty(spec: ObjectSpec, name: str) -> Any:
    """Return how a field is stored when it is empty; columns that take no NULL have an empty text, or their default."""
    entry = spec.all_fields[name]
    if entry.source == CUSTOM:
        return None
    column: Any = spec.model._meta.get_field(entry.attribute)  # noqa: SLF001 as above
    if column.null:
        return None
    return column.get_default() if column.has_default() else ""


def _clean_log(spec: ObjectSpec, ids: Collection[uuid.UUID], clean: Clean, forget: Collection[str]) -> list[uuid.UUID]:
    changed = []
    for row in Change.objects.filter(object_name=spec.name, record_id__in=ids).exclude(values={}).iterator(500):
        values = _cleaned(spec, row.values, clean, forget)
        if values != row.values:
            Change.objects.filter(pk=row.pk).update(values=values)
            changed.append(row.pk)
    return changed


def _clean_merges(spec: ObjectSpec, ids: Collection[uuid.UUID], clean: Clean, forget: Collection[str]) -> int:
    changed = 0
    for row in Merge.objects.filter(kept_id__in=ids, object_name=spec.name).exclude(before={}):
        before = _cleaned(spec, row.before, clean, forget)
        if before != row.before:
            changed += Merge.objects.filter(pk=row.pk).update(before=before)
    return changed


def _cleaned(spec: ObjectSpec, values: dict[str, Any], clean: Clean, forget: Collection[str]) -> dict[str, Any]:
    sealed = {name for name, entry in spec.all_fields.items() if entry.is_sealed}
    unknown = values.keys() - spec.all_fields.keys()
    # What a field held that is gone cannot be judged any more; it may have been anything.
    gone = {*forget, *sealed, *unknown} if forget else sealed
    return {name: FORGOTTEN if name in gone else clean(pair) for name, pair in values.items()}
