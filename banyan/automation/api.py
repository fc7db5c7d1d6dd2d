"""Rules and runs through the REST interface: listed, shown, switched, tried again."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation import services
from banyan.automation.choices import READY_RULES, RuleState, RunState
from banyan.automation.models import AutomationRule, Delivery, Run, RunStep
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import NO_BODY, Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Missing
from banyan.core.kernel.ids import parse_id

Json = dict[str, Any]
ID: Json = {"type": "string", "format": "uuid"}
TEXT: Json = {"type": "string"}
MOST = 200
TAG = gettext_lazy("Automation")
RULE: Json = {
    "type": "object",
    "properties": {
        "id": ID, "key": TEXT, "name": TEXT, "description": TEXT, "object": TEXT, "trigger": TEXT,
        "state": {"type": "string", "enum": RuleState.values}, "acts_as": TEXT, "owner": {**ID, "type": ["string", "null"]},
        "version": {"type": "integer"}, "most_per_hour": {"type": "integer"},
        "updated_at": {"type": "string", "format": "date-time"}, "definition": {"type": "object"},
    },
    "required": ["id", "key", "name", "object", "trigger", "state", "version"],
}  # fmt: skip
RUN: Json = {
    "type": "object",
    "properties": {
        "id": ID, "rule": ID, "version": {"type": "integer"}, "object": TEXT, "record": ID,
        "state": {"type": "string", "enum": RunState.values}, "reason": TEXT, "cause": {"type": "object"},
        "depth": {"type": "integer"}, "attempts": {"type": "integer"},
        "created_at": {"type": "string", "format": "date-time"},
        "due_at": {"type": ["string", "null"], "format": "date-time"},
        "ended_at": {"type": ["string", "null"], "format": "date-time"},
        "steps": {"type": "array", "items": {"type": "object"}},
        "deliveries": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["id", "rule", "version", "object", "record", "state"],
}  # fmt: skip


def _listed(schema: Json) -> Json:
    items = {"type": "array", "items": schema}
    return {
        "type": "object",
        "properties": {"items": items, "next": {"type": ["string", "null"]}},
        "required": ["items", "next"],
    }


def list_rules(call: Call) -> Answer:
    """Answer with the rules, by their names."""
    _require(call)
    call.allow_only(("object", "state"))
    rows = AutomationRule.objects.all()
    if call.parameter("object"):
        rows = rows.filter(object_name=call.parameter("object"))
    if call.parameter("state"):
        rows = rows.filter(state=_one_of(call, "state", RuleState.values))
    return Answer({"items": [_rule(rule) for rule in rows], "next": None})


def show_rule(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with a rule and what it does in the version in force."""
    _require(call)
    call.allow_only(())
    rule = services.find_rule(id)
    return Answer({**_rule(rule), "definition": services.definition_in_force(rule)})


def enable_rule(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Switch a rule on."""
    _require(call)
    call.allow_only(())
    return Answer(_rule(services.enable(call.actor, services.find_rule(id))))


def disable_rule(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Switch a rule off."""
    _require(call)
    call.allow_only(())
    return Answer(_rule(services.disable(call.actor, services.find_rule(id))))


def list_runs(call: Call) -> Answer:
    """Answer with runs, newest first."""
    _require(call)
    call.allow_only(("rule", "record", "state", "limit", "cursor"))
    rows = Run.objects.all()
    for name, column in (("rule", "rule_id"), ("record", "record_id")):
        if call.parameter(name):
            rows = rows.filter(**{column: _id(call, name)})
    if call.parameter("state"):
        rows = rows.filter(state=_one_of(call, "state", RunState.values))
    if call.parameter("cursor"):
        rows = rows.filter(pk__lt=_id(call, "cursor"))
    limit = call.whole_number("limit", default=50, maximum=MOST)
    found = list(rows.order_by("-id")[: limit + 1])
    following = str(found[limit - 1].pk) if len(found) > limit else None
    return Answer({"items": [_run(run) for run in found[:limit]], "next": following})


def show_run(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Answer with a run, its steps and what left the installation."""
    _require(call)
    call.allow_only(())
    run = Run.objects.filter(pk=id).first()
    if run is None:
        raise Missing("not_found", _("There is no such run."))
    steps = RunStep.objects.filter(run=run).values("step_id", "kind", "state", "text", "details", "at")
    sent = Delivery.objects.filter(run=run).values("step_id", "key", "kind", "state", "attempts", "due_at", "answer")
    return Answer({**_run(run), "steps": list(steps), "deliveries": list(sent)})


def retry_run(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let a failed run go on from the step that failed."""
    _require(call)
    call.allow_only(())
    return Answer(_run(services.retry(call.actor, id)))


def _require(call: Call) -> None:
    require_ability(call.actor, Ability.CUSTOMISE)


def _one_of(call: Call, name: str, values: list[str]) -> str:
    value = call.parameter(name)
    if value not in values:
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(values)}
        raise BadParameters([FieldError(name, "unknown_choice", message)])
    return value


def _id(call: Call, name: str) -> uuid.UUID:
    found = parse_id(call.parameter(name))
    if found is None:
        raise BadParameters([FieldError(name, "not_id", _("“%(name)s” must be an id.") % {"name": name})])
    return found


def _rule(rule: AutomationRule) -> Json:
    return {
        "id": str(rule.pk), "key": rule.key, "name": rule.name, "description": rule.description, "object": rule.object_name,
        "trigger": rule.trigger, "state": str(rule.state), "acts_as": str(rule.acts_as),
        "owner": str(rule.owner_id) if rule.owner_id else None, "version": rule.version,
        "most_per_hour": rule.most_per_hour, "updated_at": rule.updated_at,
    }  # fmt: skip


def _run(run: Run) -> Json:
    return {
        "id": str(run.pk), "rule": str(run.rule_id), "version": run.version, "object": run.object_name,
        "record": str(run.record_id), "state": str(run.state), "reason": run.reason, "cause": run.cause, "depth": run.depth,
        "attempts": run.attempts, "created_at": run.created_at, "due_at": run.due_at, "ended_at": run.ended_at,
    }  # fmt: skip


def _operation(
    name: str, summary: Any, reply: Json, parameters: tuple[Parameter, ...] = (), problems: tuple[int, ...] = ()
) -> Operation:
    return Operation(
        id=name, summary=summary, tag=TAG, parameters=parameters, problems=(400, 403, *problems),
        replies={200: Reply(summary, reply)},
    )  # fmt: skip


def register() -> None:
    """Add the paths to the interface."""
    state = Parameter("state", gettext_lazy("Only those in this state."), {"type": "string", "enum": RuleState.values})
    about = Parameter("object", gettext_lazy("Only rules about this object."), TEXT)
    runs = (
        Parameter("rule", gettext_lazy("Only runs of this rule."), ID),
        Parameter("record", gettext_lazy("Only runs for this record."), ID),
        Parameter("state", gettext_lazy("Only those in this state."), {"type": "string", "enum": RunState.values}),
        Parameter("limit", gettext_lazy("How many at most."), {"type": "integer", "minimum": 1, "maximum": MOST}),
        Parameter("cursor", gettext_lazy("Where the next page begins."), TEXT),
    )
    list_of_rules, list_of_runs = _listed(RULE), _listed(RUN)
    routes = (
        ("GET", "/automation-rules", list_rules, lambda: _operation("automation_rules", _("List automation rules"), list_of_rules, (about, state))),
        ("GET", "/automation-rules/{id}", show_rule, lambda: _operation("automation_rule", _("Show an automation rule"), RULE, problems=(404,))),
        ("POST", "/automation-rules/{id}/enable", enable_rule,
         lambda: _operation("enable_automation_rule", _("Switch an automation rule on"), RULE, problems=(404, 422))),
        ("POST", "/automation-rules/{id}/disable", disable_rule,
         lambda: _operation("disable_automation_rule", _("Switch an automation rule off"), RULE, problems=(404,))),
        ("GET", "/automation-runs", list_runs, lambda: _operation("automation_runs", _("List runs of automation rules"), list_of_runs, runs)),
        ("GET", "/automation-runs/{id}", show_run, lambda: _operation("automation_run", _("Show a run with its steps"), RUN, problems=(404,))),
        ("POST", "/automation-runs/{id}/retry", retry_run,
         lambda: _operation("retry_automation_run", _("Let a failed run go on from its failed step"), RUN, problems=(404, 409))),
    )  # fmt: skip
    for method, path, view, operation in routes:
        consumes = {"consumes": NO_BODY} if method == "POST" else {}
        register_route(Route(method, path, view, operation, module=READY_RULES, **consumes))
