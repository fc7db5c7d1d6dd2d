"""What the REST interface can do with opportunities beside reading and changing them: close, copy, team, competitors."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.preconditions import expected_version
from banyan.core.api.routes import Operation, Reply, Route, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.sales.choices import DEAL_WORK, CompetitorState, Threat
from banyan.sales.models import OpportunityCompetitor, OpportunityMember
from banyan.sales.queries import splits_of
from banyan.sales.services.cloning import PARTS, clone_opportunity
from banyan.sales.services.deal_work import read_members, read_rivals, save_competitors, save_team
from banyan.sales.services.pipelines import lose_opportunity, win_opportunity

REASON = {"type": ["string", "null"], "maxLength": 100}


def win(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Move an opportunity to the winning stage of its pipeline and answer with it."""
    return _close(call, id, win_opportunity)


def lose(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Move an opportunity to the losing stage of its pipeline, for a reason, and answer with it."""
    return _close(call, id, lose_opportunity, "reason", "competitor")


def _close(call: Call, opportunity_id: uuid.UUID, closing: Callable[..., Any], *names: str) -> Answer:
    call.allow_only(())
    spec = call.spec("opportunities")
    values = call.json() if call.body else {}
    names = names or ("reason",)
    wrong = [name for name, value in values.items() if name not in names or not isinstance(value or "", str)]
    if wrong:
        message = _("Only a “reason” in words may be given, and with what is lost the “competitor” that won.")
        raise Invalid([FieldError(wrong[0], "bad_value", message)])
    fetch_row(call.actor, spec, opportunity_id, columns=("version",))
    closing(call.actor, opportunity_id, **{name: values.get(name) or "" for name in names})
    return record_answer(call, spec, opportunity_id)


def win_operation() -> Operation:
    """Describe how an opportunity is won."""
    return _operation("win_opportunity", _("Win an opportunity"), needs_reason=False)


def lose_operation() -> Operation:
    """Describe how an opportunity is lost."""
    return _operation("lose_opportunity", _("Lose an opportunity"), needs_reason=True)


def _operation(name: str, summary: str, *, needs_reason: bool) -> Operation:
    body: dict[str, Any] = {"type": "object", "properties": {"reason": REASON}, "additionalProperties": False}
    if needs_reason:
        properties = {"reason": {"type": "string", "maxLength": 100}, "competitor": {"type": ["string", "null"]}}
        body |= {"required": ["reason"], "properties": properties}
    return Operation(
        id=name,
        summary=summary,
        tag=objects["opportunity"].label_plural,
        body=body,
        body_required=needs_reason,
        replies={200: Reply(_("The opportunity as it is now."), item_reference("opportunity"))},
        problems=(400, 409, 413, 415, 422),
    )


def show_team(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the members of an opportunity's team, and with the credit of each."""
    call.allow_only(())
    _opportunity(call, id)
    return Answer(_team_of(id))


def put_team(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let an opportunity have exactly the members of the body and answer with them."""
    members = read_members(_entries(call, "members"))
    _opportunity(call, id)
    save_team(call.actor, id, members, version=expected_version(call.request))
    return Answer(_team_of(id))


def show_competitors(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Answer with the competitors of an opportunity."""
    call.allow_only(())
    _opportunity(call, id)
    return Answer(_competitors_of(id))


def put_competitors(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let an opportunity have exactly the competitors of the body and answer with them."""
    rivals = read_rivals(_entries(call, "competitors"))
    _opportunity(call, id)
    save_competitors(call.actor, id, rivals, version=expected_version(call.request))
    return Answer(_competitors_of(id))


def clone(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Copy an opportunity with what the body names, and answer with the copy."""
    call.allow_only(())
    spec = call.spec("opportunities")
    body = call.json()
    parts = body.get("parts", list(PARTS))
    if not isinstance(parts, list) or set(map(str, parts)) - set(PARTS):
        message = _("The parts are some of: %(names)s.") % {"names": ", ".join(PARTS)}
        raise Invalid([FieldError("parts", "unknown_choice", message)])
    unknown = sorted(body.keys() - {"name", "parts"})
    name = body.get("name")
    if unknown or not isinstance(name, str) or not name.strip():
        message = _("The body holds the “name” of the copy and the “parts” to take over.")
        raise Invalid([FieldError(unknown[0] if unknown else "name", "bad_value", message)])
    made = clone_opportunity(call.actor, id, name=name, parts=parts)
    return record_answer(call, spec, made.pk, status=201)


def _opportunity(call: Call, opportunity_id: uuid.UUID) -> None:
    fetch_row(call.actor, call.spec("opportunities"), opportunity_id, columns=("version",))


def _entries(call: Call, name: str) -> list[dict[str, Any]]:
    call.allow_only(())
    body = call.json()
    unknown = sorted(body.keys() - {name})
    entries = body.get(name)
    if unknown or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        message = _("The body holds “%(name)s”, a list of objects, and nothing else.") % {"name": name}
        raise Invalid([FieldError(unknown[0] if unknown else name, "bad_body", message)])
    return entries


def _team_of(opportunity_id: uuid.UUID) -> dict[str, Any]:
    rows = OpportunityMember.objects.filter(opportunity_id=opportunity_id)
    credit = splits_of([opportunity_id]).get(opportunity_id, [])
    return {
        "members": [
            {"person": str(row.person_id), "role": row.role, "share": _plain(row.share), "overlay": _plain(row.overlay)}
            for row in rows
        ],
        "credit": [
            {"person": str(split.person), "percent": _plain(split.percent), "overlay": split.is_overlay}
            for split in credit
        ],
    }


def _competitors_of(opportunity_id: uuid.UUID) -> dict[str, Any]:
    rows = OpportunityCompetitor.objects.filter(opportunity_id=opportunity_id).select_related("competitor")
    return {
        "competitors": [
            {"name": row.competitor.name, "state": row.state, "threat": row.threat, "notes": row.notes} for row in rows
        ]
    }


def _plain(share: Decimal) -> str:
    return f"{share.normalize():f}"


TEXT: dict[str, Any] = {"type": "string"}
PERCENT: dict[str, Any] = {"type": ["string", "number"]}
MEMBER = {"person": {"type": "string", "format": "uuid"}, "role": TEXT, "share": PERCENT, "overlay": PERCENT}
CREDIT = {"person": {"type": "string", "format": "uuid"}, "percent": TEXT, "overlay": {"type": "boolean"}}
RIVAL = {
    "name": {"type": "string", "maxLength": 120},
    "state": {"type": "string", "enum": CompetitorState.values},
    "threat": {"type": "string", "enum": Threat.values},
    "notes": TEXT,
}


def _list_of(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    item = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "array", "items": item}


def _parts_operation(name: str, verb: str, summary: Any, entries: dict[str, Any], further: dict[str, Any]) -> Operation:
    is_put = verb == "replace"
    answer = {"type": "object", "properties": {name: entries, **further}}
    body = {"type": "object", "properties": {name: entries}, "required": [name], "additionalProperties": False}
    return Operation(
        id=f"{verb}_opportunity_{name}",
        summary=summary,
        tag=objects["opportunity"].label_plural,
        body=body if is_put else None,
        replies={200: Reply(_("What the opportunity has now."), answer)},
        problems=(400, 409, 412, 413, 415, 422) if is_put else (),
    )


def show_team_operation() -> Operation:
    """Describe how a team is read."""
    further = {"credit": _list_of(CREDIT)}
    return _parts_operation("members", "list", _("Read the team"), _list_of(MEMBER, "person"), further)


def put_team_operation() -> Operation:
    """Describe how a team is replaced."""
    further = {"credit": _list_of(CREDIT)}
    return _parts_operation("members", "replace", _("Replace the team"), _list_of(MEMBER, "person"), further)


def show_competitors_operation() -> Operation:
    """Describe how the competitors are read."""
    return _parts_operation("competitors", "list", _("Read the competitors"), _list_of(RIVAL, "name"), {})


def put_competitors_operation() -> Operation:
    """Describe how the competitors are replaced."""
    return _parts_operation("competitors", "replace", _("Replace the competitors"), _list_of(RIVAL, "name"), {})


def clone_operation() -> Operation:
    """Describe how an opportunity is copied."""
    parts = {"type": "array", "items": {"type": "string", "enum": list(PARTS)}}
    return Operation(
        id="clone_opportunity",
        summary=_("Copy an opportunity"),
        tag=objects["opportunity"].label_plural,
        body={
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": 200}, "parts": parts},
            "required": ["name"],
            "additionalProperties": False,
        },
        replies={201: Reply(_("The copy."), item_reference("opportunity"))},
        problems=(400, 409, 413, 415, 422),
    )


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("POST", "/opportunities/{id}/win", win, win_operation, module="opportunities"))
    register_route(Route("POST", "/opportunities/{id}/lose", lose, lose_operation, module="opportunities"))
    for method, path, view, operation in (
        ("GET", "team", show_team, show_team_operation),
        ("PUT", "team", put_team, put_team_operation),
        ("GET", "competitors", show_competitors, show_competitors_operation),
        ("PUT", "competitors", put_competitors, put_competitors_operation),
        ("POST", "clone", clone, clone_operation),
    ):
        register_route(Route(method, f"/opportunities/{{id}}/{path}", view, operation, module=DEAL_WORK))
