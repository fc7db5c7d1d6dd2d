"""From what other rooms tell to runs: stages entered, forms sent, customers who answered, responses to campaigns."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from banyan.automation.engine.causes import current_causes
from banyan.automation.engine.matching import active_rules, definitions_of, insert_runs, run_row
from banyan.core.processes.events import StageEntered
from banyan.leads.events import FormSubmitted
from banyan.marketing.events import CampaignAnswered
from banyan.service.events import CustomerAnswered


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


def hear_answers(event: CustomerAnswered) -> None:
    """Write runs for a ticket about which its customer wrote."""

    def fits(config: Mapping[str, Any]) -> bool:
        states, channels = config.get("states") or (), config.get("channels") or ()
        return (not states or event.state in states) and (not channels or event.channel in channels)

    cause = {"channel": "api", "action": "answer", "message": str(event.message_id)}
    _queue(event.organization_id, "answer", "ticket", [event.ticket_id], fits=fits, cause=cause)


def hear_responses(event: CampaignAnswered) -> None:
    """Write runs for those who responded to a campaign, and for the campaign itself."""

    def fits(config: Mapping[str, Any]) -> bool:
        wanted = config.get("campaigns") or ()
        return not wanted or str(event.campaign_id) in wanted

    cause = {"channel": "api", "action": "response", "campaign": str(event.campaign_id)}
    _queue(event.organization_id, "response", event.object_name, event.record_ids, fits=fits, cause=cause)
    _queue(event.organization_id, "response", "campaign", [event.campaign_id], fits=fits, cause=cause)


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
