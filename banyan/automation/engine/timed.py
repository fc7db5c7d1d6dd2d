"""What the clock begins: dates that come near, and schedules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from banyan.automation.choices import Priority, RunState
from banyan.automation.engine.matching import active_rules, definitions_of
from banyan.automation.engine.waking import WORK, wake
from banyan.automation.models import AutomationRule, Run
from banyan.automation.rules.timing import at_hour, due_days, next_time
from banyan.automation.setting import Setting
from banyan.automation.triggers.base import triggers
from banyan.core.access.actor import Channel
from banyan.core.kernel.clock import now
from banyan.core.listing.fields import value_expression
from banyan.core.listing.filters import live_rows, parse_tree, to_q
from banyan.core.objects.spec import ObjectSpec

CHUNK = 2_000
#: After a standstill dates are caught up on that passed within so many days.
CATCH_UP = timedelta(days=7)


def scan(setting: Setting) -> int:
    """Queue what the clock begins now, each record once for each moment; return how many runs that made."""
    rules = [rule for rule in active_rules() if (kind := triggers.get(rule.trigger)) is not None and kind.is_timed]
    definitions = definitions_of([(rule.pk, rule.version) for rule in rules])
    made = 0
    for rule in rules:
        spec = setting.specs.get(rule.object_name)
        definition = definitions.get((rule.pk, rule.version))
        if spec is None or definition is None:
            continue
        config = definition["trigger"].get("config") or {}
        made += (_scan_date if rule.trigger == "date" else _scan_schedule)(setting, rule, spec, config)
    if made:
        wake(setting.organization.pk, WORK)
    return made


def _scan_schedule(setting: Setting, rule: AutomationRule, spec: ObjectSpec, config: dict[str, Any]) -> int:
    moment = rule.next_at
    if moment is None or moment > now():
        return 0
    condition, annotations = to_q(parse_tree(config.get("filter") or {}), spec, setting.system)
    rows = live_rows(setting.system, spec).alias(**annotations).filter(condition)
    made = _queue(
        rule, spec, ((pk, f"at:{moment.isoformat()}") for pk in rows.values_list("pk", flat=True).iterator(CHUNK))
    )
    rule.next_at = next_time(config, now(), setting.organization.time_zone)
    rule.save(update_fields=["next_at"])
    return made


def _scan_date(setting: Setting, rule: AutomationRule, spec: ObjectSpec, config: dict[str, Any]) -> int:
    until = now()
    since = max(rule.scanned_until or until - timedelta(minutes=1), until - CATCH_UP)
    rows = near(setting, spec, config, since, until)
    rule.scanned_until = until
    rule.save(update_fields=["scanned_until"])
    if rows is None:
        return 0
    found = rows.values_list("pk", "moment").iterator(CHUNK)
    return _queue(
        rule, spec, ((pk, f"date:{config['field']}:{config['days']}:{moment.isoformat()}") for pk, moment in found)
    )


def near(
    setting: Setting, spec: ObjectSpec, config: dict[str, Any], since: datetime, until: datetime
) -> QuerySet[Any] | None:
    """Return the records whose date's moment lies after ``since`` and not after ``until``; None when there cannot be any."""
    entry, days, zone = spec.all_fields[config["field"]], int(config["days"]), setting.organization.time_zone
    hour = int(config.get("hour") or 0)
    found = due_days(days, hour, since, until, zone)
    if found is None:
        return None
    rows = live_rows(setting.system, spec).annotate(moment=value_expression(entry))
    if entry.kind.widget == "date":
        return rows.filter(moment__gte=found[0], moment__lte=found[1])
    first, after_last = at_hour(found[0], 0, zone), at_hour(found[1] + timedelta(days=1), 0, zone)
    return rows.filter(Q(moment__gte=first) & Q(moment__lt=after_last))


def _queue(rule: AutomationRule, spec: ObjectSpec, found: Iterable[tuple[Any, str]]) -> int:
    cause = {"action": rule.trigger, "actor": None, "channel": Channel.AUTOMATION.value}
    part: list[Run] = []
    made = 0
    for record_id, once_key in found:
        part.append(
            Run(
                organization_id=rule.organization_id, rule=rule, version=rule.version, object_name=spec.name,
                record_id=record_id, cause=cause, once_key=once_key, priority=Priority.USUAL, state=RunState.READY,
                due_at=now(),
            )
        )  # fmt: skip
        if len(part) == CHUNK:
            made += _insert(part)
            part = []
    return made + _insert(part)


def _insert(part: Sequence[Run]) -> int:
    if part:
        Run.objects.bulk_create(list(part), ignore_conflicts=True)
    return len(part)
