"""Access reviews for programs that govern identities: begin one, decide person by person, finish, and read what stood."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access import reviewing
from banyan.core.access.models import AccessReview, AccessReviewRow, ReviewDecision
from banyan.core.access.review_facts import Facts, facts_of
from banyan.core.access.review_snapshots import facts_of_row, kept_state, state_now
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.newest import newest
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import NO_BODY, Operation, Parameter, Reply, Route
from banyan.core.audit.notes import note
from banyan.core.kernel.errors import FieldError, Missing
from banyan.core.kernel.ids import parse_id

Json = dict[str, Any]
DEFAULT_LIMIT, MOST = 100, 500
OPEN = "open"
_ADDRESS = "/api/v1/access-reviews"
_DECISIONS = [decision.value for decision in ReviewDecision if decision.value]
_ID: Json = {"type": "string", "format": "uuid"}
_MAYBE_ID: Json = {"type": ["string", "null"], "format": "uuid"}
_MAYBE_INSTANT: Json = {"type": ["string", "null"], "format": "date-time"}
_NAMES: Json = {"type": "array", "items": {"type": "string"}}
_REVIEW: Json = {
    "type": "object",
    "properties": {
        "id": _ID,
        "started_at": {"type": "string", "format": "date-time"},
        "started_by": _MAYBE_ID,
        "finished_at": _MAYBE_INSTANT,
        "finished_by": _MAYBE_ID,
        "people": {"type": "integer"},
        "open": {"type": "integer"},
        "waiting": {"type": "integer"},
    },
}
_PERSON: Json = {
    "type": "object",
    "properties": {
        "user": {"type": "object", "properties": {"id": _ID, "name": {"type": "string"}, "email": {"type": "string"}}},
        "roles": _NAMES,
        "roles_by_post": _NAMES,
        "last_seen": _MAYBE_INSTANT,
        "has_second_factor": {"type": "boolean"},
        "unusual": _NAMES,
        "decision": {"type": "string", "enum": [OPEN, *_DECISIONS]},
        "taken": {"type": "array", "items": _ID},
        "remark": {"type": "string"},
        "decided_by": _MAYBE_ID,
        "decided_at": _MAYBE_INSTANT,
    },
}
_DECIDED: Json = {
    "type": "object",
    "properties": {
        "decision": {"type": "string", "enum": _DECISIONS},
        "roles": {"type": "array", "items": _ID, "uniqueItems": True},
        "remark": {"type": "string", "maxLength": 300},
    },
    "required": ["decision"],
    "additionalProperties": False,
}
_RIGHTS: Json = {
    "type": "object",
    "properties": {
        "at": {"type": "string", "format": "date-time"},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "signals": {"type": "object", "additionalProperties": {"type": "integer"}},
        "are_separated": {"type": "boolean"},
        "roles": {"type": "array", "items": {"type": "object"}},
        "rules": {"type": "object"},
        "only_single_sign_on": {"type": "boolean"},
        "emergency_ids": {"type": "array", "items": _ID},
        "providers": {"type": "array", "items": {"type": "object"}},
        "shares": {"type": "array", "items": {"type": "object"}},
        "people": {"type": "object"},
    },
}


def list_reviews(call: Call) -> Answer:
    """Answer with the reviews, newest first."""
    call.allow_only(("limit", "cursor"))
    reviewing.require_reader(call.actor)
    found, following = newest(call, AccessReview.objects.all(), default=DEFAULT_LIMIT, maximum=MOST)
    return Answer({"items": _reviews(found), "next": following})


def begin_review(call: Call) -> Answer:
    """Begin a review of everybody who is active."""
    call.allow_only(())
    row = reviewing.begin_review(call.actor)
    return Answer(_review(row), status=201, headers={"Location": f"{_ADDRESS}/{row.pk}"})


def show_review(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one review."""
    call.allow_only(())
    return Answer(_review(_readable(call, id)))


def list_people(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the people of a review and what was decided about them."""
    call.allow_only(("decision", "department", "limit", "cursor"))
    rows = reviewing.rows_of(_readable(call, id), department_id=_department(call))
    decision = call.parameter("decision")
    if decision and decision not in (OPEN, *_DECISIONS):
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join((OPEN, *_DECISIONS))}
        raise BadParameters([FieldError("decision", "bad_value", message)])
    if decision:
        rows = rows.filter(decision="" if decision == OPEN else decision)
    found, following = newest(call, rows, default=DEFAULT_LIMIT, maximum=MOST)
    known = facts_of([row.user for row in found if not row.facts])
    return Answer({"items": [_person(row, facts_of_row(row, known)) for row in found], "next": following})


def decide(call: Call, id: uuid.UUID, user: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Confirm what somebody may do, or take roles or all access away."""
    call.allow_only(())
    given = fitting(call.json(), _DECIDED)
    row = reviewing.rows_of(_readable(call, id)).filter(user_id=user).first()
    if row is None:
        raise Missing("not_found", _("This person does not exist."))
    if given["decision"] == ReviewDecision.CONFIRMED:
        reviewing.confirm_rows(call.actor, [row.pk])
    else:
        roles = {uuid.UUID(text) for text in given.get("roles", [])}
        ends = given["decision"] == ReviewDecision.ENDED
        reviewing.reduce_row(call.actor, row.pk, role_ids=roles, ends=ends, remark=given.get("remark", ""))
    row = AccessReviewRow.objects.select_related("user").get(pk=row.pk)
    return Answer(_person(row, facts_of_row(row, {})))


def finish_review(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """End a review."""
    call.allow_only(())
    _readable(call, id)
    current = reviewing.open_review()
    if current is None or current.pk != id:
        raise reviewing.no_review()
    return Answer(_review(reviewing.finish_review(call.actor)))


def show_rights(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with how rights stood when a review was finished; how they stand now while it is under way."""
    call.allow_only(())
    row = _readable(call, id)
    state = kept_state(row)
    if state is None and row.finished_at is not None:
        raise Missing("not_kept", _("How rights stood at the end was not kept for this review yet."))
    note(call.actor, "access.paper", record_id=row.pk)
    return Answer((state or state_now(call.actor)).to_json())


def _readable(call: Call, review_id: uuid.UUID) -> AccessReview:
    reviewing.require_reader(call.actor)
    return reviewing.find_review(review_id)


def _department(call: Call) -> uuid.UUID | None:
    text = call.parameter("department")
    found = parse_id(text) if text else None
    if text and found is None:
        raise BadParameters(
            [FieldError("department", "not_an_id", _("“%(member)s” needs an id.") % {"member": "department"})]
        )
    return found


def _review(row: AccessReview) -> Json:
    return _reviews([row])[0]


def _reviews(rows: Sequence[AccessReview]) -> list[Json]:
    progress = reviewing.progress_of(rows)
    return [_told(row, *progress.get(row.pk, (0, 0))) for row in rows]


def _told(row: AccessReview, people: int, left: int) -> Json:
    return {
        "id": row.pk,
        "started_at": row.started_at,
        "started_by": row.started_by_id,
        "finished_at": row.finished_at,
        "finished_by": row.finished_by_id,
        "people": people,
        "open": left,
        "waiting": 0 if row.finished_at else len(reviewing.waiting_rows(row)),
    }


def _person(row: AccessReviewRow, facts: Facts) -> Json:
    return {
        "user": {"id": row.user_id, "name": row.user.name, "email": row.user.email},
        "roles": facts.roles,
        "roles_by_post": facts.brought,
        "last_seen": facts.last_seen,
        "has_second_factor": facts.has_factor,
        "unusual": facts.signals,
        "decision": row.decision or OPEN,
        "taken": row.taken,
        "remark": row.remark,
        "decided_by": row.decided_by_id,
        "decided_at": row.decided_at,
    }


def _page_of(schema: Json) -> Json:
    return {
        "type": "object",
        "properties": {"items": {"type": "array", "items": schema}, "next": {"type": ["string", "null"]}},
    }


def _paging() -> tuple[Parameter, ...]:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    return (Parameter("limit", _("How many."), limit), Parameter("cursor", _("`next` of the answer before."), _ID))


def _list_operation() -> Operation:
    return Operation(
        id="list_access_reviews",
        summary=_("List the access reviews"),
        description=_("For whoever manages security, and auditors."),
        tag=_("Access reviews"),
        parameters=_paging(),
        replies={200: Reply(_("The reviews, newest first."), _page_of(_REVIEW))},
        problems=(400, 403),
    )


def _begin_operation() -> Operation:
    return Operation(
        id="begin_access_review",
        summary=_("Begin an access review"),
        description=_("It is about everybody who is active. One is under way at a time."),
        tag=_("Access reviews"),
        replies={201: Reply(_("The review."), _REVIEW)},
        problems=(403, 409),
    )


def _show_operation() -> Operation:
    return Operation(
        id="show_access_review",
        summary=_("Show an access review"),
        tag=_("Access reviews"),
        replies={200: Reply(_("The review; `waiting` are removals that nobody has carried out."), _REVIEW)},
        problems=(403, 404),
    )


def _people_operation() -> Operation:
    decisions = {"type": "string", "enum": [OPEN, *_DECISIONS]}
    return Operation(
        id="list_access_review_people",
        summary=_("List the people of an access review"),
        description=_("What is known of somebody is that of the decision, and of now while there is none."),
        tag=_("Access reviews"),
        parameters=(
            Parameter("decision", _("Only those about whom this was decided."), decisions),
            Parameter("department", _("Only those of this department and those below it."), _ID),
            *_paging(),
        ),
        replies={200: Reply(_("The people."), _page_of(_PERSON))},
        problems=(400, 403, 404),
    )


def _decide_operation() -> Operation:
    return Operation(
        id="decide_access_review",
        summary=_("Decide about somebody in an access review"),
        description=_(
            "`reduced` takes the `roles` away, `ended` deactivates the person; it is done at once by whoever manages people, "
            "and otherwise those are told. Nobody decides about their own rights."
        ),
        tag=_("Access reviews"),
        body=_DECIDED,
        replies={200: Reply(_("The person."), _PERSON)},
        problems=(403, 404, 409, 413, 415, 422),
    )


def _finish_operation() -> Operation:
    return Operation(
        id="finish_access_review",
        summary=_("Finish an access review"),
        description=_("Everybody has to be decided about, and every removal carried out."),
        tag=_("Access reviews"),
        replies={200: Reply(_("The review."), _REVIEW)},
        problems=(403, 404, 409, 422),
    )


def _rights_operation() -> Operation:
    return Operation(
        id="show_access_review_rights",
        summary=_("Show how rights stood at the end of an access review"),
        description=_(
            "Roles with their rights, rules for signing in, and what was shared; while the review is under way, how it stands now."
        ),
        tag=_("Access reviews"),
        replies={200: Reply(_("The rights."), _RIGHTS)},
        problems=(403, 404),
    )


ROUTES = (
    Route("GET", "/access-reviews", list_reviews, _list_operation),
    Route("POST", "/access-reviews", begin_review, _begin_operation, consumes=NO_BODY),
    Route("GET", "/access-reviews/{id}", show_review, _show_operation),
    Route("GET", "/access-reviews/{id}/people", list_people, _people_operation),
    Route("POST", "/access-reviews/{id}/people/{user}", decide, _decide_operation),
    Route("POST", "/access-reviews/{id}/finish", finish_review, _finish_operation, consumes=NO_BODY),
    Route("GET", "/access-reviews/{id}/rights", show_rights, _rights_operation),
)
