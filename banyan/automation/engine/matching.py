"""From writes to runs: in the transaction of the write, from memory, in a handful of statements for any number of records."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.automation.choices import MODULE, READY_RULES, DeliveryState, Priority, RuleState, RunState
from banyan.automation.engine.causes import MOST_DEPTH, Origin, current_causes
from banyan.automation.engine.telling import tell_of_loop
from banyan.automation.engine.waking import WORK, WORK_NOW, wake
from banyan.automation.models import AutomationRule, Delivery, RuleVersion, Run, RunStep
from banyan.automation.rules.programs import walk
from banyan.automation.steps.deciding import go_on_after_approval
from banyan.automation.triggers.base import CREATE, UPDATE, Watch, Watched, triggers
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import remembered_spec, specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.events import ChangedRecord, RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import current_organization_id

#: Under this name the rules of an object hang on its specification.
SHAPING = "automation"
Row = dict[str, Any]


def load_watches(specs: Mapping[str, ObjectSpec]) -> dict[str, Watch]:
    """Return what the writes of each object have to look at: the rules that are on, in memory from now on."""
    rules = list(active_rules())
    versions = definitions_of([(rule.pk, rule.version) for rule in rules])
    by_object: dict[str, dict[str, list[Any]]] = {}
    for rule in rules:
        definition = versions.get((rule.pk, rule.version))
        kind = triggers.get(rule.trigger)
        if definition is None or kind is None or rule.object_name not in specs:
            continue
        found = by_object.setdefault(rule.object_name, {CREATE: [], UPDATE: [], "buttons": [], "hears": []})
        config = definition.get("trigger", {}).get("config") or {}
        entry = Watched(rule.pk, rule.version, kind, config, kind.watched_fields(config))
        for action in kind.actions:
            found[action].append(entry)
        if rule.trigger == "button":
            found["buttons"].append(entry)
        for name in _objects_that_wait(rule.object_name, definition):
            others = by_object.setdefault(name, {CREATE: [], UPDATE: [], "buttons": [], "hears": []})
            others["hears"].append(True)
    return {
        name: Watch(
            {action: tuple(found[action]) for action in (CREATE, UPDATE) if found[action]},
            hears=bool(found["hears"]),
            buttons=tuple(found["buttons"]),
        )
        for name, found in by_object.items()
    }


def active_rules() -> Any:
    """Return the rules that are on, of the modules that are on: without the app, only its ready rules are left."""
    organization_id = current_organization_id()
    if organization_id is None:
        return AutomationRule.objects.none()
    organization = Organization.objects.get(pk=organization_id)
    rows = AutomationRule.objects.filter(state=RuleState.ON, version__gt=0).order_by("created_at", "pk")
    if module_is_on(organization, MODULE):
        return rows
    return rows.exclude(recipe="") if module_is_on(organization, READY_RULES) else rows.none()


def definitions_of(wanted: Sequence[tuple[uuid.UUID, int]]) -> dict[tuple[uuid.UUID, int], dict[str, Any]]:
    """Return definitions by rule and version; one query."""
    rows = RuleVersion.objects.filter(
        rule_id__in={rule for rule, _number in wanted}, number__in={number for _rule, number in wanted}
    )
    return {
        (rule, number): definition for rule, number, definition in rows.values_list("rule_id", "number", "definition")
    }


def _objects_that_wait(object_name: str, definition: Mapping[str, Any]) -> set[str]:
    names = {object_name}
    waits = False
    for step in walk(definition.get("steps") or []):
        waits = waits or step["kind"] == "wait_until"
        if step["kind"] == "for_each":
            names.add(str((step.get("config") or {}).get("object")))
    return names if waits else set()


def watch_of(organization: Organization, object_name: str) -> Watch | None:
    """Return what an object's writes and pages have to look at."""
    spec = specs_for(organization).get(object_name)
    return spec.shaping.get(SHAPING) if spec else None


def queue_runs(event: RecordsChanged) -> None:
    """Write one run for each changed record and matching rule; objects without rules cost nothing."""
    if event.action == ChangeAction.ERASE:
        forget_values([changed.record_id for changed in event.records])
    if event.action not in (CREATE, UPDATE):
        return
    spec = remembered_spec(event.organization_id, event.object_name)
    watch: Watch | None = spec.shaping.get(SHAPING) if spec else None
    if watch is None:
        return
    rows = [
        _row(event, changed, entry)
        for changed in event.records
        for entry in watch.by_action.get(event.action, ())
        if _matches(event.action, changed, entry)
    ]
    if rows:
        insert_runs(event.organization_id, rows)
    if watch.hears and event.action == UPDATE:
        _let_hear(event)


def forget_values(record_ids: Sequence[uuid.UUID]) -> None:
    """Take what logs and deliveries say of records whose values were erased; that they ran stays."""
    runs = Run.objects.filter(record_id__in=record_ids)
    RunStep.objects.filter(run__in=runs).update(text="", details={})
    Delivery.objects.filter(run__in=runs).exclude(state=DeliveryState.WAITING).update(request={}, answer={})
    runs.update(reason="")


def _matches(action: str, changed: ChangedRecord, entry: Watched) -> bool:
    if entry.fields is not None and action == UPDATE and entry.fields.isdisjoint(changed.values):
        return False
    return entry.trigger.matches(changed, entry.config)


def _row(event: RecordsChanged, changed: ChangedRecord, entry: Watched) -> Row:
    origin = current_causes().of(changed.record_id)
    delay = entry.trigger.delay(entry.config)
    cause = {
        "action": event.action, "actor": str(event.actor_id) if event.actor_id else None, "channel": event.channel,
        "fields": sorted(changed.values),
    }  # fmt: skip
    row = run_row(entry.rule_id, entry.version, event.object_name, changed.record_id, cause=cause, origin=origin)
    if delay is not None:
        row |= {"state": RunState.WAITING, "due_at": now() + delay}
    return row


def run_row(
    rule_id: uuid.UUID,
    version: int,
    object_name: str,
    record_id: uuid.UUID,
    *,
    cause: Mapping[str, Any],
    origin: Origin | None = None,
    **more: Any,
) -> Row:
    """Return the row of a run; one that too many rules have led to is cut off at once."""
    came = origin or Origin()
    row: Row = {
        "id": new_id(), "rule_id": rule_id, "version": version, "object_name": object_name, "record_id": record_id,
        "cause": dict(cause), "depth": came.depth, "root": came.root, "parent": came.run_id, "state": RunState.READY,
        "priority": Priority.USUAL, "due_at": now(), "reason": "", "ended_at": None, "position": None, **more,
    }  # fmt: skip
    if came.depth > MOST_DEPTH:
        reason = _("Cut off: %(count)d rules have led to each other. Look for two that answer to each other's changes.")
        row |= {"state": RunState.STOPPED, "reason": reason % {"count": came.depth}, "ended_at": now(), "due_at": None}
    return row


def insert_runs(organization_id: uuid.UUID, rows: Sequence[Row]) -> None:
    """Write runs, call the workers for what is due, and tell the owners of rules whose chains were cut off."""
    insert_rows(Run, [{**row, "organization_id": organization_id} for row in rows])
    due = {row["priority"] for row in rows if row["state"] == RunState.READY}
    if Priority.IMMEDIATE in due:
        wake(organization_id, WORK_NOW)
    if Priority.USUAL in due:
        wake(organization_id, WORK)
    cut_off = {row["rule_id"] for row in rows if row["state"] == RunState.STOPPED}
    for rule_id in sorted(cut_off):
        tell_of_loop(organization_id, rule_id)


def let_approved_go_on(event: ApprovalEnded) -> None:
    """Let runs go on that waited for an approval."""
    if go_on_after_approval(event):
        wake(event.organization_id)


def _let_hear(event: RecordsChanged) -> None:
    """Let runs look again that wait for a condition on these records."""
    ids = [changed.record_id for changed in event.records]
    waiting = Run.objects.filter(
        record_id__in=ids, state=RunState.WAITING, due_at__gt=now(), memory__has_key="patience"
    )
    if waiting.update(due_at=now()):
        wake(event.organization_id)
