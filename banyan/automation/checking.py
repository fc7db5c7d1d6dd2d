"""What is wrong with a rule before it is put into effect: where, what, and the way out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from banyan.automation.conditions import MOST_CHILDREN_PARTS, Tester, is_empty
from banyan.automation.models import AutomationRule, RuleVersion
from banyan.automation.rules.programs import MOST_DEPTH, MOST_STEPS, Step, Steps, depth_of, walk
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext, step_kinds
from banyan.automation.triggers.base import CREATE, UPDATE, triggers
from banyan.automation.values import sources
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import conditions_of, parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.spec import ObjectSpec

Json = Mapping[str, Any]
TRIGGER, CONDITION = "trigger", "condition"


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: ``place`` is ``trigger``, ``condition``, or the id of a step."""

    place: str
    message: str


def problems_of(setting: Setting, rule: AutomationRule, definition: Json) -> list[Problem]:
    """Return everything that keeps a definition from being put into effect."""
    spec = setting.specs.get(rule.object_name)
    if spec is None:
        return [Problem(TRIGGER, _("The object of this rule is switched off or gone."))]
    context = StepContext(setting, rule, spec)
    trigger = definition.get("trigger") or {}
    kind = triggers.get(str(trigger.get("kind")))
    if kind is None:
        return [Problem(TRIGGER, _("Choose when the rule begins."))]
    found = [Problem(TRIGGER, text) for text in kind.problems(context, trigger.get("config") or {})]
    found += [Problem(CONDITION, text) for text in condition_problems(setting, spec, definition.get("condition"))]
    steps: Steps = list(definition.get("steps") or [])
    if not steps:
        found.append(Problem("steps", _("Add at least one step.")))
    if len(list(walk(steps))) > MOST_STEPS or depth_of(steps) > MOST_DEPTH:
        message = _("A rule has at most %(steps)d steps, and at most %(levels)d levels of branches.")
        found.append(Problem("steps", message % {"steps": MOST_STEPS, "levels": MOST_DEPTH}))
    found += _step_problems(setting, rule, spec, steps)
    return found or feeding_problems(setting, rule, spec, definition)


def condition_problems(setting: Setting, spec: ObjectSpec, condition: Json | None) -> list[str]:
    """Return what is wrong with a condition."""
    if len((condition or {}).get("children") or ()) > MOST_CHILDREN_PARTS:
        return [_("At most %(count)d conditions on child records.") % {"count": MOST_CHILDREN_PARTS}]
    try:
        Tester(setting, spec, condition)
    except Invalid as problem:
        return [str(error.message) for error in problem.errors]
    return []


def _step_problems(setting: Setting, rule: AutomationRule, spec: ObjectSpec, steps: Steps) -> list[Problem]:
    found: list[Problem] = []
    for step, about in with_specs(setting, rule, spec, steps):
        kind = step_kinds.get(step["kind"])
        if kind is None:
            found.append(Problem(step["id"], _("This kind of step is not there any more.")))
            continue
        context = StepContext(setting, rule, about)
        config = step.get("config") or {}
        found += [Problem(step["id"], text) for text in kind.problems(context, config)]
        if kind.branches and not step.get("branches"):
            found.append(Problem(step["id"], _("A branch needs at least one condition.")))
        for branch in step.get("branches") or ():
            if is_empty(branch.get("condition")):
                message = _("Say when “%(name)s” is gone.") % {"name": branch.get("name") or _("Branch")}
                found.append(Problem(step["id"], message))
            found += [Problem(step["id"], text) for text in condition_problems(setting, about, branch.get("condition"))]
        if kind.has_body and not step.get("steps"):
            found.append(Problem(step["id"], _("Add the steps that are to be done for each.")))
    return found


def with_specs(
    setting: Setting, rule: AutomationRule, spec: ObjectSpec, steps: Steps
) -> Iterator[tuple[Step, ObjectSpec]]:
    """Yield every step with the object that it is about."""
    for step in steps:
        yield step, spec
        kind = step_kinds.get(step["kind"])
        below = kind.body_spec(StepContext(setting, rule, spec), step.get("config") or {}) if kind else spec
        for branch in step.get("branches") or ():
            yield from with_specs(setting, rule, spec, branch.get("steps") or [])
        yield from with_specs(setting, rule, spec, step.get("otherwise") or [])
        yield from with_specs(setting, rule, below, step.get("steps") or [])


def feeding_problems(setting: Setting, rule: AutomationRule, spec: ObjectSpec, definition: Json) -> list[Problem]:
    """Return where a rule would begin itself again without end."""
    return [
        *_writes_what_it_watches(setting, rule, spec, definition),
        *_creates_what_begins_it(setting, rule, spec, definition),
        *_runs_itself(rule, definition),
    ]


def _writes_what_it_watches(
    setting: Setting, rule: AutomationRule, spec: ObjectSpec, definition: Json
) -> list[Problem]:
    kind, config = _trigger_of(definition)
    if kind is None or UPDATE not in kind.actions or kind.name == "stayed":
        return []
    watched = kind.watched_fields(config)
    asked = _fields_asked(definition.get("condition"))
    written: dict[str, list[tuple[str, Json]]] = {}
    for step, about in with_specs(setting, rule, spec, list(definition.get("steps") or [])):
        step_kind = step_kinds.get(step["kind"])
        if step_kind is None or about.name != spec.name:
            continue
        for name, row in step_kind.sets(step.get("config") or {}).items():
            if watched is None or name in watched:
                written.setdefault(name, []).append((step["id"], row))
    found = []
    for name, rows in written.items():
        if name in asked or (kind.name == "reached" and not _comes_back(config, rows)):
            continue
        source = sources.get(str(rows[-1][1].get("source") or "value"))
        is_settled = (
            source is not None
            and source.is_settled(name, rows[-1][1].get("value"))
            and len({str(row.get("value")) for _id, row in rows}) == 1
        )
        if not is_settled:
            message = _(
                "This step changes “%(field)s”, which begins the rule again, without end. Let the rule answer to other"
                " fields only, or add a condition on “%(field)s” that no longer holds afterwards."
            )
            found.append(Problem(rows[-1][0], message % {"field": setting.label_at(spec, name)}))
    return found


def _comes_back(config: Json, rows: Sequence[tuple[str, Json]]) -> bool:
    """Say whether steps lead away from a value and back to it, so that it is reached again."""
    reached = [
        str(row.get("value")) in (config.get("to") or ()) for _id, row in rows if row.get("source", "value") == "value"
    ]
    return True in reached and False in reached


def _creates_what_begins_it(
    setting: Setting, rule: AutomationRule, spec: ObjectSpec, definition: Json
) -> list[Problem]:
    kind, _config = _trigger_of(definition)
    if kind is None or CREATE not in kind.actions or kind.name == "stayed":
        return []
    found = []
    for step, _about in with_specs(setting, rule, spec, list(definition.get("steps") or [])):
        config = step.get("config") or {}
        creates = str(config.get("object")) if step["kind"] == "create_record" else step["kind"]
        if creates != spec.name or _is_left_out(setting, spec, kind.name, definition, config.get("values") or []):
            continue
        message = _(
            "This step creates a record “%(object)s”, which begins the rule again, without end. Add a condition that"
            " the created record does not fulfil."
        )
        found.append(Problem(step["id"], message % {"object": spec.label}))
    return found


def _is_left_out(setting: Setting, spec: ObjectSpec, trigger: str, definition: Json, rows: Sequence[Json]) -> bool:
    """Say whether a record created with fixed values does not fulfil the condition, or does not reach the value."""
    given = {}
    for row in rows:
        entry = spec.all_fields.get(str(row.get("field")))
        if entry is not None and row.get("source", "value") == "value":
            try:
                given[entry.name] = entry.kind.parse(row.get("value"), setting.reading)
            except Unacceptable:
                continue
    if trigger == "reached":
        config = definition["trigger"].get("config") or {}
        value = given.get(str(config.get("field")))
        return value is None or str(value) not in (config.get("to") or ())
    condition = definition.get("condition") or {}
    if condition.get("children") or condition.get("who"):
        return True
    node = parse_tree(condition.get("record") or {})
    if not list(conditions_of(node)):
        return False
    names = {leaf.field for leaf in conditions_of(node)}
    if not names <= given.keys():
        # What the condition asks for is not fixed; whether it holds shows when it runs, and chains are cut off.
        return True
    return not Fitting(node, spec, setting.system).holds(given.get)


def _runs_itself(rule: AutomationRule, definition: Json) -> list[Problem]:
    """Follow the rules that rules run; one that leads back is a circle."""
    called = {row.key: row for row in AutomationRule.objects.filter(trigger="called")}
    numbers = {(row.pk, row.version) for row in called.values()}
    versions = RuleVersion.objects.filter(rule_id__in=[pk for pk, _number in numbers])
    known = {row.rule_id: row.definition for row in versions if (row.rule_id, row.number) in numbers}

    def runs(steps: Steps) -> set[str]:
        return {str((step.get("config") or {}).get("rule")) for step in walk(steps) if step["kind"] == "run_rule"}

    found = []
    for step in walk(list(definition.get("steps") or [])):
        if step["kind"] != "run_rule":
            continue
        seen: set[uuid.UUID] = set()
        ahead = [str((step.get("config") or {}).get("rule"))]
        while ahead:
            key = ahead.pop()
            if key == rule.key:
                found.append(Problem(step["id"], _("This rule would run itself, by way of the rule that it runs.")))
                break
            row = called.get(key)
            if row is not None and row.pk not in seen:
                seen.add(row.pk)
                ahead += runs(known.get(row.pk, {}).get("steps") or [])
    return found


def _trigger_of(definition: Json) -> tuple[Any, Json]:
    trigger = definition.get("trigger") or {}
    return triggers.get(str(trigger.get("kind"))), trigger.get("config") or {}


def _fields_asked(condition: Json | None) -> set[str]:
    return {leaf.field for leaf in conditions_of(parse_tree((condition or {}).get("record") or {}))}
