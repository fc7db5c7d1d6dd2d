"""Trying a rule on records of the past: everything is done, looked at, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from banyan.automation.choices import RunState
from banyan.automation.conditions import Case
from banyan.automation.engine.executing import NO_CASE, Batch, Execution
from banyan.automation.models import AutomationRule, Run
from banyan.automation.setting import Setting
from banyan.automation.triggers.base import CREATE, UPDATE, TriggerKind, triggers
from banyan.core.listing.filters import Condition, live_rows, parse_tree, to_q
from banyan.core.listing.labels import title_of
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import Change, ChangeAction

MOST_RECORDS = 100
#: So far back in the change log events are looked for.
LOOKED_AT = 5_000


@dataclass(frozen=True)
class TriedStep:
    """What a step would have done."""

    kind: str
    state: str
    text: str


@dataclass(frozen=True)
class Tried:
    """What would have happened to one record: ``state`` as of a run, ``reason`` why it did not apply or failed."""

    record_id: uuid.UUID
    title: str
    number: str
    state: str
    reason: str
    steps: tuple[TriedStep, ...] = ()
    outgoing: tuple[dict[str, Any], ...] = ()


@dataclass
class Trial:
    """A trial of a rule: what would have happened, and which other rules it would have begun how often."""

    tried: list[Tried] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)


class _TakenBack(Exception):
    """Ends the transaction of a trial."""


def try_rule(setting: Setting, rule: AutomationRule, *, most: int = MOST_RECORDS) -> Trial:
    """Do a rule's draft for the last records that it would have met, and take everything back.

    Nothing leaves the installation, nobody waits, and nobody is told.
    """
    trial = Trial()
    try:
        with transaction.atomic():
            _try(setting, rule, most, trial)
            raise _TakenBack  # noqa: TRY301 the transaction has to end
    except _TakenBack:
        return trial


def _try(setting: Setting, rule: AutomationRule, most: int, trial: Trial) -> None:
    spec = setting.specs[rule.object_name]
    kind = triggers[rule.draft["trigger"]["kind"]]
    events = _events(setting, spec, kind, rule.draft["trigger"].get("config") or {}, most)
    if not events:
        return
    runs = [
        Run(
            organization_id=rule.organization_id, rule=rule, version=rule.version + 1, object_name=spec.name,
            record_id=record_id, cause=cause,
        )
        for record_id, cause in events
    ]  # fmt: skip
    Run.objects.bulk_create(runs)
    batch = Batch(setting, runs, is_trial=True)
    batch.work()
    children = list(Run.objects.filter(rule=rule, parent__in=[run.pk for run in runs], position__isnull=False))
    below = Batch(setting, children, is_trial=True) if children else None
    if below is not None:
        below.work()
    rows = spec.model._default_manager.filter(pk__in=[run.record_id for run in runs])  # noqa: SLF001 Django's own name for it
    title = spec.all_fields[spec.title]
    names = {
        pk: (title_of(spec, name, number), number)
        for pk, name, number in rows.values_list("pk", title.attribute, "number")
    }
    for entry in batch.executions:
        more = [child for child in (below.executions if below else []) if child.run.parent == entry.run.pk]
        sent = [*batch.deliveries, *(below.deliveries if below else [])]
        trial.tried.append(_tried(entry, more, sent, names.get(entry.run.record_id, ("", ""))))
    begun = Run.objects.filter(root__in=[run.pk for run in runs]).exclude(rule=rule)
    names_of_rules = dict(AutomationRule.objects.values_list("pk", "name"))
    for rule_id in begun.values_list("rule_id", flat=True):
        name = names_of_rules[rule_id]
        trial.others[name] = trial.others.get(name, 0) + 1


def _tried(entry: Execution, more: Sequence[Execution], sent: Sequence[dict[str, Any]], name: tuple[str, str]) -> Tried:
    members = {entry.run.pk, *(child.run.pk for child in more)}
    lines = [line for execution in (entry, *more) for line in execution.log]
    failed = next((execution.run for execution in (entry, *more) if execution.run.state == RunState.FAILED), entry.run)
    return Tried(
        entry.run.record_id,
        *name,
        state=str(failed.state),
        reason=failed.reason,
        steps=tuple(TriedStep(line.kind, str(line.state), line.text) for line in lines),
        outgoing=tuple(row["request"] for row in sent if row["run_id"] in members),
    )


def _events(
    setting: Setting, spec: ObjectSpec, kind: TriggerKind, config: dict[str, Any], most: int
) -> list[tuple[uuid.UUID, dict[str, Any]]]:
    """Return the last events that the trigger would have answered to, from the change log where that knows them."""
    rows = live_rows(setting.system, spec)
    told = kind.past(spec, config, most)
    if told is not None:
        live = set(rows.filter(pk__in=told).values_list("pk", flat=True))
        return [(pk, _cause(kind.name, None)) for pk in told if pk in live]
    if kind.actions == (CREATE,):
        found = rows.order_by("-created_at", "-pk").values_list("pk", "created_by_id")[:most]
        return [(pk, _cause(CREATE, by)) for pk, by in found]
    if UPDATE in kind.actions and kind.name != "stayed":
        changes = _changes(spec, kind, config, most)
        return changes + _holding(setting, spec, kind, config, {pk for pk, _told in changes}, most - len(changes))
    if kind.filters:
        condition, annotations = to_q(parse_tree(config.get("filter") or {}), spec, setting.system)
        rows = rows.alias(**annotations).filter(condition)
    ids: list[Any] = list(rows.order_by("-updated_at", "-pk")[: most * (5 if kind.name == "stayed" else 1)])
    cause = _cause(kind.name, None)
    verdicts = kind.verdicts(setting, spec, config, [Case(record, cause) for record in ids])
    return [(record.pk, cause) for record, verdict in zip(ids, verdicts, strict=True) if verdict != NO_CASE][:most]


def _holding(
    setting: Setting, spec: ObjectSpec, kind: TriggerKind, config: dict[str, Any], known: set[uuid.UUID], most: int
) -> list[tuple[uuid.UUID, dict[str, Any]]]:
    """Return records that hold a value now although no change of the log tells when they reached it, as after an import."""
    if kind.name != "reached" or most <= 0:
        return []
    node = Condition(str(config["field"]), "in", tuple(config["to"]))
    condition, annotations = to_q(node, spec, setting.system)
    rows = live_rows(setting.system, spec).alias(**annotations).filter(condition).exclude(pk__in=known)
    return [
        (pk, _cause(kind.name, None)) for pk in rows.order_by("-updated_at", "-pk").values_list("pk", flat=True)[:most]
    ]


def _changes(
    spec: ObjectSpec, kind: TriggerKind, config: dict[str, Any], most: int
) -> list[tuple[uuid.UUID, dict[str, Any]]]:
    live = spec.model._default_manager.filter(deleted_at__isnull=True).values("pk")  # noqa: SLF001 Django's own name for it
    rows = Change.objects.filter(object_name=spec.name, action=ChangeAction.UPDATE, record_id__in=live).order_by("-at")
    watched = kind.watched_fields(config)
    if watched is not None:
        rows = rows.filter(values__has_any_keys=list(watched))
    found: dict[uuid.UUID, dict[str, Any]] = {}
    for record_id, values, actor, channel in rows.values_list("record_id", "values", "actor_id", "channel")[:LOOKED_AT]:
        changed = ChangedRecord(record_id, {name: tuple(pair) for name, pair in values.items()})
        if record_id not in found and kind.matches(changed, config):
            found[record_id] = {**_cause(UPDATE, actor), "channel": channel}
        if len(found) == most:
            break
    return list(found.items())


def _cause(action: str, actor: Any) -> dict[str, Any]:
    return {"action": action, "actor": str(actor) if actor else None, "channel": "page"}
