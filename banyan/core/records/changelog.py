"""Writing the change log, telling subscribers, and waking up live pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection

from banyan.core.kernel.clock import now
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import WriteContext
from banyan.core.records.events import ChangedRecord, FiguresChanged, RecordsChanged
from banyan.core.records.models import Change, ChangeAction
from banyan.core.records.storage import insert_rows

LIVE_CHANNEL = "banyan_live"
IDS_PER_NOTICE = 50


def record_changes(
    context: WriteContext, spec: ObjectSpec, action: ChangeAction, changed: Sequence[ChangedRecord]
) -> None:
    """Log changes of one object, tell the subscribers and notify live pages, all in this transaction."""
    if not changed:
        return
    at = now()
    insert_rows(
        Change,
        [
            {
                "id": new_id(),
                "organization_id": context.actor.organization_id,
                "batch_id": context.batch_id,
                "object_name": spec.name,
                "record_id": entry.record_id,
                "action": action.value,
                "values": entry.values,
                "actor_id": context.actor.user_id,
                "channel": context.channel.value,
                "at": at,
            }
            for entry in changed
        ],
    )
    publish(
        RecordsChanged(
            organization_id=context.actor.organization_id,
            object_name=spec.name,
            action=action.value,
            records=tuple(changed),
            actor_id=context.actor.user_id,
            channel=context.channel.value,
            batch_id=context.batch_id,
        )
    )
    notify_live(
        context.actor.organization_id,
        {
            "object": spec.name,
            "plural": spec.plural,
            "action": action.value,
            "ids": [str(c.record_id) for c in changed[:IDS_PER_NOTICE]],
        },
    )


def tell_figures(
    organization_id: uuid.UUID, object_name: str, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Tell of derived values that SQL has written: each row has the record's id, the old values and the new ones."""
    fields = specs_here()[object_name].all_fields
    told = []
    for pk, *values in rows:
        pairs = zip(names, values[: len(names)], values[len(names) :], strict=True)
        changed = {name: (old, new) for name, old, new in pairs if old != new and name in fields}
        if changed:
            kinds = {name: fields[name].kind for name in changed}
            pair = {name: (kinds[name].to_json(old), kinds[name].to_json(new)) for name, (old, new) in changed.items()}
            told.append(ChangedRecord(pk, pair))
    if told:
        publish(FiguresChanged(organization_id=organization_id, object_name=object_name, records=tuple(told)))


def notify_live(organization_id: uuid.UUID, notice: dict[str, Any]) -> None:
    """Send a notice to the live pages of an organization when the transaction commits.

    Notices carry ids, never values: pages fetch what they may see.
    """
    payload = orjson.dumps({"organization": str(organization_id), **notice}).decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [LIVE_CHANNEL, payload])


def history(record_ids: Iterable[uuid.UUID], *, limit: int = 50) -> list[Change]:
    """Return the latest changes of records, newest first; the caller has checked that they may be seen."""
    return list(Change.objects.filter(record_id__in=list(record_ids)).select_related("actor")[:limit])
