"""Lists and single records of any object."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.calls import CONFIRMED, Call
from banyan.core.api.parameters import list_question, record_shape
from banyan.core.api.preconditions import etag, expected_version, not_modified, stale
from banyan.core.api.problems import BadParameters
from banyan.core.api.representation import shape_of
from banyan.core.audit.counting import count
from banyan.core.kernel.errors import Invalid, Missing, Stale
from banyan.core.listing.counting import count_rows
from banyan.core.listing.labels import labels_for_rows
from banyan.core.listing.query import fetch_row, list_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door, recycle


def list_records(call: Call, spec: ObjectSpec) -> Answer:
    """Answer with a page of records, and with their number when asked."""
    require(call.actor, spec, Action.VIEW)
    question = list_question(call, spec)
    try:
        page = list_rows(call.actor, spec, question.request)
        total = count_rows(call.actor, spec, question.request, exact=True).value if question.count else None
    except Invalid as error:
        raise BadParameters(error.errors) from None
    body: dict[str, Any] = {"items": [question.shape.item(row, page.labels) for row in page.rows]}
    body["next"] = page.next_cursor
    count(call.actor, rows=len(page.rows))
    if question.count:
        body["count"] = total
    return Answer(body)


def create_record(call: Call, spec: ObjectSpec) -> Answer:
    """Create a record from the body and answer with it and its address."""
    call.allow_only((CONFIRMED,))
    record = door.create(call.actor, spec, call.json())
    answer = record_answer(call, spec, record.pk, status=201)
    answer.headers["Location"] = reverse("api", args=[f"{spec.plural}/{record.pk}"])
    return answer


def show_record(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one record, or with 304 when the client has its version already."""
    require(call.actor, spec, Action.VIEW)
    shape = record_shape(call, spec)
    row = fetch_row(call.actor, spec, id)
    count(call.actor, views=1)
    unchanged = None if shape.expanded else not_modified(call.request, row["version"])
    if unchanged is not None:
        return unchanged
    labels = labels_for_rows(spec, [row], shape.expanded, actor=call.actor)
    return Answer(shape.item(row, labels), headers={"ETag": etag(row["version"])})


def change_record(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Change the fields that the body names and answer with the record.

    When the version in ``If-Match`` is no longer the current one, the problem shows what these fields
    hold now.
    """
    call.allow_only((CONFIRMED,))
    values = call.json()
    try:
        door.update(call.actor, spec, id, values, expected_version=expected_version(call.request))
    except Stale:
        row = fetch_row(call.actor, spec, id)
        item = shape_of(call.actor, spec).item(row)
        raise stale(id, row["version"], {name: item[name] for name in values if name in item}) from None
    return record_answer(call, spec, id)


def delete_record(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Put a record into the recycle bin."""
    call.allow_only(())
    expected = expected_version(call.request)
    if expected is not None:
        row = fetch_row(call.actor, spec, id)
        if row["version"] != expected:
            raise stale(id, row["version"], {})
    recycle.delete(call.actor, spec, [id])
    return Answer(status=204)


def restore_record(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Bring a record back from the recycle bin and answer with it."""
    call.allow_only(())
    recycle.restore(call.actor, spec, [id])
    return record_answer(call, spec, id)


def record_answer(call: Call, spec: ObjectSpec, record_id: uuid.UUID, *, status: int = 200) -> Answer:
    """Return the answer that shows a record just written; for views of other rooms and apps too.

    Whoever may create records but not see this one (of another owner) gets its id alone.
    """
    try:
        row = fetch_row(call.actor, spec, record_id)
    except Missing:
        return Answer({"id": record_id}, status)
    return Answer(shape_of(call.actor, spec).item(row), status, {"ETag": etag(row["version"])})
