"""With whom a record is shared, and why somebody may or may not see it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.explaining import Reason, explain
from banyan.core.access.guards import require_ability
from banyan.core.access.models import GranteeKind, Share, SharedAccess
from banyan.core.access.people import find_person
from banyan.core.access.scopes import Ability, Action
from banyan.core.access.sharing import Grantee, Terms, share, shares_of, unshare
from banyan.core.access.standing import actor_for
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import NO_BODY, Operation, Parameter, Reply, Route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec

Json = dict[str, Any]
MEMBERS = ("kind", "id", "access", "until", "team_role")
UUID: Json = {"type": "string", "format": "uuid"}
SHARE: Json = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": list(GranteeKind.values)},
        "id": UUID,
        "name": {"type": "string"},
        "access": {"type": "string", "enum": list(SharedAccess.values)},
        "team_role": {"type": "string"},
        "until": {"type": ["string", "null"], "format": "date"},
        "shared_by": {"type": ["string", "null"], "format": "uuid"},
    },
}


def list_shares(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with whom a record is shared."""
    call.allow_only(())
    return Answer({"items": [_item(entry, name) for entry, name in shares_of(call.actor, spec, id)]})


def add_share(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Share a record with a person, department, role, post or level; answer with all its shares."""
    call.allow_only(())
    grantee, terms = _read(call.json())
    share(call.actor, spec, id, [grantee], terms)
    items = [_item(entry, name) for entry, name in shares_of(call.actor, spec, id)]
    return Answer({"items": items}, status=201)


def end_share(call: Call, spec: ObjectSpec, id: uuid.UUID, grantee: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Share a record no longer with somebody."""
    call.allow_only(())
    unshare(call.actor, spec, id, grantee)
    return Answer(None, status=204)


def explain_access(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer whether a person may do something with a record, and with every rule that was tried."""
    call.allow_only(("user", "action"))
    require_ability(call.actor, Ability.MANAGE_PEOPLE)
    user_id, asked = parse_id(call.parameter("user")), call.parameter("action") or Action.VIEW.value
    errors = []
    if user_id is None:
        errors.append(FieldError("user", "bad_value", _("Name the person by their id.")))
    if asked not in {action.value for action in Action}:
        possible = ", ".join(action.value for action in Action)
        errors.append(FieldError("action", "bad_value", _("Possible actions: %(list)s.") % {"list": possible}))
    if errors or user_id is None:
        raise BadParameters(errors)
    found = explain(actor_for(find_person(user_id)), spec, id, Action(asked))
    fields = [{"field": entry.name, "access": entry.access.key} for entry in found.fields if entry.restricted_by]
    return Answer({"allowed": found.allowed, "reasons": [_reason(entry) for entry in found.reasons], "fields": fields})


def _item(entry: Share, name: str) -> Json:
    return {
        "kind": entry.grantee_kind,
        "id": entry.grantee_id,
        "name": name,
        "access": entry.access,
        "team_role": entry.team_role,
        "until": entry.ends_on,
        "shared_by": entry.shared_by_id,
    }


def _read(body: Mapping[str, Any]) -> tuple[Grantee, Terms]:
    errors = [
        FieldError(name[:60], "unknown_field", _("There is no field “%(name)s”.") % {"name": name[:60]})
        for name in body
        if name not in MEMBERS
    ]
    kind, grantee = body.get("kind", GranteeKind.PERSON), parse_id(body.get("id"))
    access, role, until = body.get("access", SharedAccess.VIEW), body.get("team_role", ""), body.get("until")
    day = _day(until)
    for member, is_right in (
        ("kind", kind in GranteeKind.values),
        ("id", grantee is not None),
        ("access", access in SharedAccess.values),
        ("team_role", isinstance(role, str) and len(role) <= 60),
        ("until", until is None or day is not None),
    ):
        if not is_right:
            message = _("“%(member)s” is missing or not of the right kind.") % {"member": member}
            errors.append(FieldError(member, "bad_value", message))
    if errors or grantee is None:
        raise Invalid(errors)
    return Grantee(kind, grantee), Terms(access, day, role)


def _day(written: Any) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _reason(reason: Reason) -> Json:
    reach, entry = reason.reach, reason.share
    return {
        "ground": reason.ground.value,
        "helps": reason.helps,
        "role": reach.role.name if reach else None,
        "standing": reach.standing.kind if reach else None,
        "scope": reach.grant.scope.key if reach else None,
        "condition": reach.grant.condition if reach else None,
        "rule": reason.name or None,
        "until": entry.ends_on if entry else None,
        "below": [_reason(inner) for inner in reason.below],
    }


def _items() -> Json:
    return {"type": "object", "properties": {"items": {"type": "array", "items": SHARE}}, "required": ["items"]}


def list_operation(spec: ObjectSpec) -> Operation:
    """Describe the list of shares."""
    return Operation(
        id=f"list_{spec.name}_shares",
        summary=_("List with whom a record is shared"),
        tag=spec.label_plural,
        replies={200: Reply(_("The shares, team members first."), _items())},
        problems=(404,),
    )


def add_operation(spec: ObjectSpec) -> Operation:
    """Describe how a record is shared."""
    body: Json = {
        "type": "object",
        "properties": {name: schema for name, schema in SHARE["properties"].items() if name in MEMBERS},
        "required": ["id"],
        "additionalProperties": False,
    }
    return Operation(
        id=f"share_{spec.name}",
        summary=_("Share a record"),
        description=_("Whoever has it already gets the new terms. Nobody can give more than they have themselves."),
        tag=spec.label_plural,
        body=body,
        replies={201: Reply(_("All shares of the record."), _items())},
        problems=(400, 403, 404, 413, 415, 422),
    )


def end_operation(spec: ObjectSpec) -> Operation:
    """Describe how a share is ended."""
    return Operation(
        id=f"unshare_{spec.name}",
        summary=_("Share a record no longer with somebody"),
        tag=spec.label_plural,
        replies={204: Reply(_("No longer shared."))},
        problems=(403, 404),
    )


def explain_operation(spec: ObjectSpec) -> Operation:
    """Describe the explanation of access."""
    answer: Json = {
        "type": "object",
        "properties": {
            "allowed": {"type": "boolean"},
            "reasons": {"type": "array", "items": {"type": "object"}},
            "fields": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["allowed", "reasons", "fields"],
    }
    return Operation(
        id=f"explain_{spec.name}_access",
        summary=_("Explain whether a person may do something with a record"),
        tag=spec.label_plural,
        parameters=(
            Parameter("user", _("The person's id."), UUID),
            Parameter("action", _("What they want to do; “view” unless given."), {"type": "string"}),
        ),
        replies={200: Reply(_("The answer, with every rule that was tried."), answer)},
        problems=(400, 403, 404),
    )


ROUTES = (
    Route("GET", "/{plural}/{id}/shares", list_shares, list_operation),
    Route("POST", "/{plural}/{id}/shares", add_share, add_operation),
    Route("DELETE", "/{plural}/{id}/shares/{grantee}", end_share, end_operation, consumes=NO_BODY),
    Route("GET", "/{plural}/{id}/access", explain_access, explain_operation),
)
