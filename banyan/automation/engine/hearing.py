"""From what other rooms tell to runs: stages entered, forms sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from banyan.automation.engine.causes import current_causes
from banyan.automation.engine.matching import active_rules, definitions_of, insert_runs, run_row
from banyan.core.processes.events import StageEntered
from banyan.leads.events import FormSubmitted


def hear_stages(event: StageEntered) -> None:
    """Write runs for records that came into a stage which a rule waits for."""

    def fits(config: Mapping[str, Any]) -> bool:
        return str(event.process_id) == config.get("process") and event.stage in (config.get("stages") or ())

    cause = {"channel": "job", "action": "stage", "stage": event.stage, "previous": event.previous}
    _queue(event.organization_id, "stage", event.object_name, event.record_ids, fits=fits, cause=cause)


def hear_forms(event: FormSubmitted) -> None:
    """Write runs for the lead behind a form that was sent."""

    def fits(config: Mapping[str, Any]) -> bool:
        wanted = config.get("forms") or ()
        return (not wanted or str(event.form_id) in wanted) and (event.is_new or not config.get("only_new"))

    cause = {"channel": "api", "action": "form", "form": str(event.form_id)}
    _queue(event.organization_id, "form", "lead", [event.lead_id], fits=fits, cause=cause)


def _queue(
    organization_id: uuid.UUID,
    trigger: str,
    object_name: str,
    record_ids: Sequence[uuid.UUID],
    *,
    fits: Callable[[Mapping[str, Any]], bool],
    cause: Mapping[str, Any],
) -> None:
    rules = list(active_rules().filter(trigger=trigger, object_name=object_name))
    if not rules:
        return
    definitions = definitions_of([(rule.pk, rule.version) for rule in rules])
    told = {"actor": None, **cause}
    rows = [
        run_row(rule.pk, rule.version, object_name, record_id, cause=told, origin=current_causes().of(record_id))
        for rule in rules
        if fits(((definitions.get((rule.pk, rule.version)) or {}).get("trigger") or {}).get("config") or {})
        for record_id in record_ids
    ]
    if rows:
        insert_runs(organization_id, rows)
