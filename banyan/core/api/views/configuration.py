"""The configuration as a document: taken out, compared, applied, and former ones put back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.parameters import DEFAULT_LIMIT, MAXIMUM_LIMIT
from banyan.core.api.routes import NO_BODY, Operation, Parameter, Reply, Route
from banyan.core.configuration.applying import CONFIGURATION, Applied, apply_document, plan_of, try_plan
from banyan.core.configuration.differences import Plan, Step
from banyan.core.configuration.documents import Document, current_document, write_document
from banyan.core.configuration.models import Snapshot
from banyan.core.configuration.proposals import MOST_LAYERS, Layer, find_snapshot, read_layers, restore
from banyan.core.configuration.yaml_text import MOST_CHARACTERS
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import new_id
from banyan.core.objects.configuration_parts import ordered_parts

Json = dict[str, Any]
MEMBERS = ("documents", "remove", "only")


def show_configuration(call: Call) -> Answer:
    """Answer with the configuration as a YAML document, all of it or the parts asked for."""
    call.allow_only(("parts",))
    require_ability(call.actor, Ability.CUSTOMISE)
    wanted = [name.strip() for name in call.parameter("parts").split(",") if name.strip()]
    known = {part.name for part in ordered_parts()}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        message = _("There is no part “%(name)s”. There are: %(known)s.")
        words = {"name": unknown[0][:60], "known": ", ".join(sorted(known))}
        raise Invalid([FieldError("parts", "unknown_part", message % words)])
    text = write_document(current_document(call.actor.organization, wanted))
    tell_setup_changed(call.actor, CONFIGURATION, new_id(), "download", values={"name": (None, "API")})
    return Answer({"document": text})


def compare_configuration(call: Call) -> Answer:
    """Answer with what documents would do, and what would stand in the way; nothing is changed."""
    document, removes, only = _read(call)
    plan = plan_of(call.actor, document, removes_extra=removes)
    plan = plan if only is None else plan.chosen(only)
    problems = [] if plan.is_empty else try_plan(call.actor, plan)
    return Answer({**_plan(plan), "problems": [str(problem) for problem in problems]})


def apply_configuration(call: Call) -> Answer:
    """Apply documents, all of it or nothing, and answer with what was done."""
    document, removes, only = _read(call)
    return _applied(apply_document(call.actor, document, removes_extra=removes, names=only))


def list_snapshots(call: Call) -> Answer:
    """Answer with the former configurations that are kept, newest first."""
    call.allow_only(("limit",))
    require_ability(call.actor, Ability.CUSTOMISE)
    limit = call.whole_number("limit", default=DEFAULT_LIMIT, maximum=MAXIMUM_LIMIT)
    rows = Snapshot.objects.defer("document")[:limit]
    return Answer({"items": [_snapshot(row) for row in rows]})


def show_snapshot(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with a former configuration and its document."""
    call.allow_only(())
    found = find_snapshot(call.actor, id)
    return Answer({**_snapshot(found), "document": found.document})


def restore_snapshot(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Put a former configuration back, exactly."""
    call.allow_only(())
    return _applied(restore(call.actor, id))


def _read(call: Call) -> tuple[Document, bool, list[str] | None]:
    call.allow_only(())
    require_ability(call.actor, Ability.CUSTOMISE)
    body = call.json()
    errors = [
        FieldError(name[:60], "unknown_field", _("There is no field “%(name)s”.") % {"name": name[:60]})
        for name in body
        if name not in MEMBERS
    ]
    documents, removes, only = body.get("documents"), body.get("remove", False), body.get("only")
    is_list = isinstance(documents, list) and 0 < len(documents) <= MOST_LAYERS
    for member, is_right in (
        ("documents", is_list and all(isinstance(text, str) for text in documents or ())),
        ("remove", isinstance(removes, bool)),
        ("only", only is None or (isinstance(only, list) and all(isinstance(name, str) for name in only))),
    ):
        if not is_right:
            message = _("“%(member)s” is missing or not of the right kind.") % {"member": member}
            errors.append(FieldError(member, "bad_value", message))
    if errors:
        raise Invalid(errors)
    layers = [Layer(f"documents[{number}]", text) for number, text in enumerate(documents or (), 1)]
    return read_layers(layers), removes, only


def _applied(applied: Applied) -> Answer:
    return Answer({**_plan(applied.plan), "snapshot": applied.snapshot.pk if applied.snapshot else None})


def _plan(plan: Plan) -> Json:
    return {
        "steps": [_step(step) for step in plan.steps],
        "not_in_document": [step.name for step in plan.extra],
        "unchanged": sum(plan.unchanged.values()),
    }


def _step(step: Step) -> Json:
    return {
        "name": step.name,
        "part": step.part.name,
        "key": step.change.key,
        "action": step.action,
        "changes": {name: {"now": now, "then": then} for name, (now, then) in step.change.changed().items()},
    }


def _snapshot(row: Snapshot) -> Json:
    return {
        "id": row.pk,
        "made_at": row.made_at,
        "made_by": row.made_by_id,
        "occasion": row.occasion,
        "source": row.source,
        "changes": row.summary,
    }


_TEXT: Json = {"type": "string"}
_ID: Json = {"type": "string", "format": "uuid"}
_STEP: Json = {
    "type": "object",
    "properties": {
        "name": _TEXT, "part": _TEXT, "key": _TEXT,
        "action": {"type": "string", "enum": ["create", "change", "remove"]}, "changes": {"type": "object"},
    },
    "required": ["name", "part", "key", "action", "changes"],
}  # fmt: skip
_PLAN: Json = {
    "steps": {"type": "array", "items": _STEP},
    "not_in_document": {"type": "array", "items": _TEXT},
    "unchanged": {"type": "integer"},
}
_SNAPSHOT: Json = {
    "id": _ID,
    "made_at": {"type": "string", "format": "date-time"},
    "made_by": {"type": ["string", "null"]},
    "occasion": _TEXT,
    "source": _TEXT,
    "changes": {"type": "array", "items": {"type": "object"}},
}
_PROBLEMS = (400, 403, 409, 413, 415, 422)


def _object(properties: Mapping[str, Any]) -> Json:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _body() -> Json:
    return {
        "type": "object",
        "properties": {
            "documents": {
                "type": "array",
                "items": {"type": "string", "maxLength": MOST_CHARACTERS},
                "minItems": 1,
                "maxItems": MOST_LAYERS,
                "description": _("YAML documents, laid over one another in this order."),
            },
            "remove": {
                "type": "boolean",
                "default": False,
                "description": _("Whether to remove what the documents do not mention."),
            },
            "only": {
                "type": ["array", "null"],
                "items": _TEXT,
                "description": _("The names of the only steps to make, such as fields:customer.size."),
            },
        },
        "required": ["documents"],
        "additionalProperties": False,
    }


def _operation(name: str, summary: str, reply: Reply, **more: Any) -> Operation:
    return Operation(id=name, summary=summary, tag=_("Configuration"), replies={200: reply}, **more)


ROUTES = (
    Route("GET", "/configuration", show_configuration, lambda: _operation(
        "show_configuration", _("Take out the configuration"),
        Reply(_("The configuration as YAML."), _object({"document": _TEXT})),
        parameters=(Parameter("parts", _("Only these parts, separated by commas."), _TEXT),), problems=(400, 403, 422))),
    Route("POST", "/configuration/compare", compare_configuration, lambda: _operation(
        "compare_configuration", _("Try documents without changing anything"),
        Reply(_("What would be done, and what stands in the way."),
              _object({**_PLAN, "problems": {"type": "array", "items": _TEXT}})),
        body=_body(), problems=_PROBLEMS)),
    Route("POST", "/configuration/apply", apply_configuration, lambda: _operation(
        "apply_configuration", _("Apply documents, all of it or nothing"),
        Reply(_("What was done, and the former configuration."), _object({**_PLAN, "snapshot": {"type": ["string", "null"]}})),
        body=_body(), problems=_PROBLEMS)),
    Route("GET", "/configuration/snapshots", list_snapshots, lambda: _operation(
        "list_configuration_snapshots", _("List former configurations"),
        Reply(_("The newest first."), _object({"items": {"type": "array", "items": _object(_SNAPSHOT)}})),
        parameters=(Parameter("limit", _("At most so many."), {"type": "integer", "minimum": 1, "maximum": MAXIMUM_LIMIT}),),
        problems=(400, 403))),
    Route("GET", "/configuration/snapshots/{id}", show_snapshot, lambda: _operation(
        "show_configuration_snapshot", _("Show a former configuration"),
        Reply(_("The configuration as it was before."), _object({**_SNAPSHOT, "document": _TEXT})),
        problems=(400, 403, 404))),
    Route("POST", "/configuration/snapshots/{id}/restore", restore_snapshot, lambda: _operation(
        "restore_configuration", _("Put a former configuration back"),
        Reply(_("What was done."), _object({**_PLAN, "snapshot": {"type": ["string", "null"]}})),
        problems=(400, 403, 404, 409, 422)), consumes=NO_BODY),
)  # fmt: skip
