"""The changes of a record, newest first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from banyan.core.access.decisions import fields as field_access
from banyan.core.access.scopes import FieldAccess
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.newest import newest
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.models import Change
from banyan.core.records.sealing import readable_pair

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 500
MASK = "***"


def show_history(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with what happened to a record: when, by whom, through which door, old and new values."""
    call.allow_only(("limit", "cursor"))
    fetch_row(call.actor, spec, id, columns=())
    changes = Change.objects.filter(record_id=id).select_related("actor")
    found, following = newest(call, changes, default=DEFAULT_LIMIT, maximum=MAXIMUM_LIMIT)
    access = field_access(call.actor, spec, spec.all_fields)
    return Answer({"items": [_entry(row, spec, access) for row in found], "next": following})


def _entry(change: Change, spec: ObjectSpec, access: Mapping[str, FieldAccess]) -> dict[str, Any]:
    values = {}
    for name, pair in change.values.items():
        level = access.get(name, FieldAccess.HIDDEN)
        if level is FieldAccess.MASKED:
            values[name] = {"old": MASK, "new": MASK}
        elif level is not FieldAccess.HIDDEN:
            old, new = readable_pair(spec.all_fields[name], change.record_id, pair)
            values[name] = {"old": old, "new": new}
    return {
        "id": change.pk,
        "batch": change.batch_id,
        "action": change.action,
        "at": change.at,
        "actor": {"id": change.actor_id, "name": change.actor.name} if change.actor else None,
        "channel": change.channel,
        "values": values,
    }
