"""Many records of one object at once, with an answer for each row."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.calls import CONFIRMED, Call
from banyan.core.api.problems import field_errors
from banyan.core.bulk.models import BulkAction, BulkTask
from banyan.core.bulk.services import MOST_AT_ONCE, begin, find, stop
from banyan.core.kernel.errors import FieldError, Invalid, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows, parse_tree
from banyan.core.listing.query import ListRequest, matching_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext

MOST_ROWS = MOST_AT_ONCE
ALL_OR_NOTHING = "all_or_nothing"
MATCH, SET, DELETE = "match", "set", "delete"


@dataclass
class BulkResult:
    """What bulk work did, row by row where something was wrong; ``batch`` undoes it."""

    batch: uuid.UUID
    created: list[uuid.UUID] = field(default_factory=list)
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, errors: list[FieldError], **row: Any) -> None:
        """Note what is wrong with a row, which is named by its position or its id."""
        self.rejected.append({**row, "errors": field_errors(errors)})

    def document(self) -> dict[str, Any]:
        """Return the result as the interface shows it; a batch that wrote nothing cannot be undone."""
        wrote = self.created or self.updated or self.deleted
        return {
            "batch": self.batch if wrote else None,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
            "rejected": sorted(self.rejected, key=lambda row: row.get("index", 0)),
        }


def change_many(call: Call, spec: ObjectSpec) -> Answer:
    """Create, update or delete up to 10,000 records; what is wrong with a row does not stop the others.

    With ``all_or_nothing`` it does: one rejected row refuses everything. What fits a filter may be any
    number of records: above 10,000, or when the client prefers it, they are worked on in the background.
    """
    call.allow_only((CONFIRMED,))
    require(call.actor, spec, Action.BULK)
    body = call.json()
    whole = body.pop(ALL_OR_NOTHING, False)
    task, perform = _task(body)
    if not isinstance(whole, bool):
        raise _invalid(ALL_OR_NOTHING, "not_boolean", _("“all_or_nothing” must be true or false."))
    if task == MATCH:
        request, action, values = _matched_work(body)
        if not whole and (_prefers_background(call) or _is_large(call.actor, spec, request)):
            return accepted(begin(call.actor, spec, action, request, values))
        result = _work_on_matching(call.actor, spec, request, values)
    else:
        result = perform(call.actor, spec, body[task])
    if whole and result.rejected:
        message = _("Nothing was written, because %(count)d rows are not acceptable.")
        rejected = result.document()["rejected"]
        raise Refused("bulk_rejected", message % {"count": len(rejected)}, rejected=rejected)
    return Answer(result.document())


def _task(body: Mapping[str, Any]) -> tuple[str, Callable[[Actor, ObjectSpec, Any], BulkResult]]:
    tasks = {"create": _create, "update": _update, DELETE: _delete}
    members = set(body)
    if members in ({MATCH, SET}, {MATCH, DELETE}):
        return MATCH, _update
    if len(members) != 1 or not members <= set(tasks):
        message = _("Give exactly one of: create; update; delete; match together with set; match together with delete.")
        raise _invalid("", "bad_bulk", message)
    name = next(iter(members))
    return name, tasks[name]


def _matched_work(body: Mapping[str, Any]) -> tuple[ListRequest, BulkAction, dict[str, Any] | None]:
    """Return the records that a filter means, what is to be done with them, and their new values."""
    request = ListRequest(filter=parse_tree(body[MATCH]))
    if DELETE in body:
        if body[DELETE] is not True:
            raise _invalid(DELETE, "not_true", _("Together with “match”, “delete” must be true."))
        return request, BulkAction.DELETE, None
    values = body[SET]
    if not isinstance(values, dict) or not values:
        raise _invalid(SET, "not_object", _("“set” must be an object with the new values."))
    return request, BulkAction.UPDATE, values


def _prefers_background(call: Call) -> bool:
    return "respond-async" in call.request.headers.get("Prefer", "")


def _is_large(actor: Actor, spec: ObjectSpec, request: ListRequest) -> bool:
    return len(matching_rows(actor, spec, request).values_list("pk")[: MOST_ROWS + 1]) > MOST_ROWS


def _work_on_matching(
    actor: Actor, spec: ObjectSpec, request: ListRequest, values: dict[str, Any] | None
) -> BulkResult:
    """Change or delete all records that fit a filter while the client waits."""
    ids = list(matching_rows(actor, spec, request).order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1])
    if len(ids) > MOST_ROWS:
        raise _too_many()
    if values is None:
        return _delete(actor, spec, [str(pk) for pk in ids])
    result = BulkResult(WriteContext.for_actor(actor).batch_id)
    return _write_updates(actor, spec, {pk: (index, values) for index, pk in enumerate(ids)}, result)


def accepted(task: BulkTask) -> Answer:
    """Return the answer to work that goes on in the background, with the address to ask for it."""
    return Answer(task_document(task), status=202, headers={"Location": f"/api/v1/bulk/{task.pk}"})


def task_document(task: BulkTask) -> dict[str, Any]:
    """Return bulk work as the interface shows it."""
    names = (
        "action", "status", "total", "position", "updated", "unchanged", "deleted", "rejected", "undone", "conflicts",
        "problems", "problem",
    )  # fmt: skip
    wrote = task.updated or task.deleted
    return {
        "id": task.pk,
        "object": task.object_name,
        "batch": task.batch_id if wrote else None,
        **{name: getattr(task, name) for name in names},
    }


def show_task(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with how far bulk work is."""
    call.allow_only(())
    return Answer(task_document(find(call.actor, id)))


def stop_task(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Ask bulk work to stop after the current records."""
    call.allow_only(())
    task = find(call.actor, id)
    stop(task)
    return Answer(task_document(task))


def _create(actor: Actor, spec: ObjectSpec, rows: Any) -> BulkResult:
    context = WriteContext.for_actor(actor)
    result = BulkResult(context.batch_id)
    positions = []
    for index, row in enumerate(_rows("create", rows)):
        if isinstance(row, dict):
            positions.append(index)
        else:
            result.reject([_not_object()], index=index)
    outcome = door.create_many(actor, spec, [rows[index] for index in positions], context=context)
    result.created = outcome.created
    for position, errors in outcome.rejected.items():
        result.reject(errors, index=positions[position])
    return result


def _update(actor: Actor, spec: ObjectSpec, rows: Any) -> BulkResult:
    result = BulkResult(WriteContext.for_actor(actor).batch_id)
    changes: dict[uuid.UUID, tuple[int, dict[str, Any]]] = {}
    for index, row in enumerate(_rows("update", rows)):
        if not isinstance(row, dict):
            result.reject([_not_object()], index=index)
            continue
        record_id = _usable_id(row.get("id"), changes, result, index=index)
        if record_id is not None:
            changes[record_id] = (index, {name: value for name, value in row.items() if name != "id"})
    return _write_updates(actor, spec, changes, result)


def _write_updates(
    actor: Actor, spec: ObjectSpec, changes: dict[uuid.UUID, tuple[int, dict[str, Any]]], result: BulkResult
) -> BulkResult:
    positions = {pk: index for pk, (index, _values) in changes.items()}
    versions = _permitted(actor, spec, Action.EDIT, wanted=positions, result=result)
    accepted: dict[uuid.UUID, dict[str, Any]] = {}
    expected: dict[uuid.UUID, int] = {}
    for pk, version in versions.items():
        index, values = changes[pk]
        if values.get("version", version) == version:
            if "version" in values:
                expected[pk] = version
            accepted[pk] = {name: value for name, value in values.items() if name != "version"}
        else:
            message = _("Somebody changed this record in the meantime. Look at both versions and choose.")
            result.reject([FieldError("version", "stale", message)], index=index, id=pk)
    context = WriteContext.for_actor(actor, batch_id=result.batch)
    outcome = door.update_many(actor, spec, accepted, expected_versions=expected, context=context)
    result.updated, result.unchanged = len(outcome.updated), len(outcome.unchanged)
    for pk, errors in outcome.rejected.items():
        result.reject(errors, index=changes[pk][0], id=pk)
    return result


def _delete(actor: Actor, spec: ObjectSpec, rows: Any) -> BulkResult:
    context = WriteContext.for_actor(actor)
    result = BulkResult(context.batch_id)
    wanted: dict[uuid.UUID, int] = {}
    for index, given in enumerate(_rows("delete", rows)):
        record_id = _usable_id(given, wanted, result, index=index)
        if record_id is not None:
            wanted[record_id] = index
    ids = list(_permitted(actor, spec, Action.DELETE, wanted=wanted, result=result))
    result.deleted = len(recycle.delete(actor, spec, ids, context=context).updated)
    return result


def _permitted(
    actor: Actor, spec: ObjectSpec, action: Action, *, wanted: Mapping[uuid.UUID, int], result: BulkResult
) -> dict[uuid.UUID, int]:
    """Return the versions of those records that the actor may change; the others are rejected."""
    rows = live_rows(actor, spec).filter(pk__in=wanted)
    versions = dict(restrict(rows, actor, spec).values_list("pk", "version"))
    allowed = set(restrict(rows, actor, spec, action).values_list("pk", flat=True))
    for pk, index in wanted.items():
        if pk not in versions:
            missing = FieldError("id", "not_found", _("This record does not exist, or you may not see it."))
            result.reject([missing], index=index, id=pk)
        elif pk not in allowed:
            forbidden = FieldError("id", "not_allowed", _("You may see this record, but not change it."))
            result.reject([forbidden], index=index, id=pk)
    return {pk: version for pk, version in versions.items() if pk in allowed}


def _usable_id(given: Any, seen: Mapping[uuid.UUID, Any], result: BulkResult, *, index: int) -> uuid.UUID | None:
    record_id = parse_id(given) if isinstance(given, str) else None
    if record_id is None:
        result.reject([FieldError("id", "not_an_id", _("“%(member)s” needs an id.") % {"member": "id"})], index=index)
    elif record_id in seen:
        twice = FieldError("id", "duplicate", _("This record comes twice."))
        result.reject([twice], index=index, id=record_id)
        return None
    return record_id


def _rows(member: str, rows: Any) -> list[Any]:
    if not isinstance(rows, list):
        raise _invalid(member, "not_list", _("“%(member)s” must be a list.") % {"member": member})
    if len(rows) > MOST_ROWS:
        raise _too_many()
    return rows


def _too_many() -> Refused:
    message = _("At most %(maximum)d records at once. Do it in several steps.")
    return Refused("too_many", message % {"maximum": MOST_ROWS})


def _not_object() -> FieldError:
    return FieldError("", "not_object", _("This row must be an object."))


def _invalid(member: str, code: str, message: str) -> Invalid:
    return Invalid([FieldError(member, code, message)])
