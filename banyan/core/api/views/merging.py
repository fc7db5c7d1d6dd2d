"""Merging records and taking work back."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.views.bulk import accepted
from banyan.core.api.views.records import record_answer
from banyan.core.bulk.services import begin_undo, large_task_of
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.merging import merge, unmerge
from banyan.core.records.models import Merge
from banyan.core.records.undo import undo

MEMBERS = ("keep", "drop", "choices")


def merge_records(call: Call, spec: ObjectSpec) -> Answer:
    """Merge the records ``drop`` into ``keep``; ``choices`` says for a field whose value wins."""
    call.allow_only(())
    body = call.json()
    errors = [
        FieldError(name[:60], "unknown_field", _("There is no field “%(name)s”.") % {"name": name[:60]})
        for name in body
        if name not in MEMBERS
    ]
    keep = _record_id("keep", body.get("keep"), errors)
    drop = [_record_id("drop", given, errors) for given in _listed(body.get("drop"), errors)]
    choices = {
        name: _record_id("choices", given, errors) for name, given in _chosen(body.get("choices"), spec, errors).items()
    }
    if errors:
        raise Invalid(errors)
    done = merge(call.actor, spec, keep, list(dict.fromkeys(drop)), choices=choices)
    answer = record_answer(call, spec, keep)
    return Answer({"batch": done.batch_id, "kept": answer.body, "dropped": done.dropped})


def undo_batch(call: Call, batch: uuid.UUID) -> Answer:
    """Take a piece of work back, a merge included; records changed since are left alone and named."""
    call.allow_only(())
    if Merge.objects.filter(batch_id=batch).exists():
        done = unmerge(call.actor, batch)
        return Answer({"batch": batch, "undone": len(done.dropped) + 1, "conflicts": []})
    large = large_task_of(call.actor, batch)
    if large is not None:
        return accepted(begin_undo(call.actor, large))
    result = undo(call.actor, batch)
    return Answer({"batch": result.batch_id, "undone": result.undone, "conflicts": result.conflicts})


def _record_id(member: str, given: Any, errors: list[FieldError]) -> uuid.UUID:
    found = parse_id(given) if isinstance(given, str) else None
    if found is None:
        errors.append(FieldError(member, "not_an_id", _("“%(member)s” needs the id of a record.") % {"member": member}))
    return found or uuid.UUID(int=0)


def _listed(given: Any, errors: list[FieldError]) -> list[Any]:
    if isinstance(given, list) and given:
        return given
    errors.append(FieldError("drop", "not_list", _("“drop” must list the ids of records.")))
    return []


def _chosen(given: Any, spec: ObjectSpec, errors: list[FieldError]) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict) or any(name not in spec.writable_fields for name in given):
        errors.append(FieldError("choices", "unknown_field", _("“choices” must map fields to ids of records.")))
        return {}
    return given
