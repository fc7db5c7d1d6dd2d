"""Changing what only services may change: states and what goes with them, with version, change log and event."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import F

from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records.changelog import record_changes, tell_figures
from banyan.core.records.drafts import WriteContext, stored_value
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import ChangeAction


def change_state(context: WriteContext, object_name: str, record: Record, values: Mapping[str, Any]) -> None:
    """Set fields of a locked record that people may not write themselves; the change log tells of it as of any other."""
    spec = spec_for(context.actor.organization, object_name)
    fields = spec.all_fields
    pairs: dict[str, tuple[Any, Any]] = {}
    columns: dict[str, Any] = {}
    for name, value in values.items():
        before = stored_value(record, fields[name])
        if before != value:
            kind = fields[name].kind
            pairs[name] = (kind.to_json(before), kind.to_json(value))
            columns[fields[name].attribute] = value
    if not pairs:
        return
    type(record)._default_manager.filter(pk=record.pk).update(  # noqa: SLF001 Django's own name for it
        **columns, version=F("version") + 1, updated_at=now(), updated_by_id=context.actor.user_id
    )
    record.refresh_from_db()
    record_changes(context, spec, ChangeAction.UPDATE, [ChangedRecord(record.pk, pairs)])


def set_figures(organization_id: uuid.UUID, object_name: str, record: Record, values: Mapping[str, Any]) -> None:
    """Set derived values of a locked record and tell whoever derives from them."""
    old = [getattr(record, name) for name in values]
    type(record)._default_manager.filter(pk=record.pk).update(**values)  # noqa: SLF001 as above
    for name, value in values.items():
        setattr(record, name, value)
    tell_figures(organization_id, object_name, list(values), [(record.pk, *old, *values.values())])
