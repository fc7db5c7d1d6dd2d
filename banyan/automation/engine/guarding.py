"""Guards: a rule that runs too often is paused, one that comes back to the same record again and again is stopped."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from banyan.automation.choices import RuleState, RunState
from banyan.automation.engine.telling import STORM, tell_owner
from banyan.automation.models import AutomationRule, Run, Tally
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import forget
from banyan.core.tenancy.models import Organization

REPEATS_WITHIN = timedelta(minutes=10)
#: So often a rule may come back to one record in ten minutes when other rules lead to it.
MOST_REPEATS = 10
HOUR = timedelta(hours=1)


def storming(rules: Iterable[AutomationRule], begun: Counter[uuid.UUID]) -> list[AutomationRule]:
    """Return the rules that would run more often within an hour than they may."""
    rows = Tally.objects.filter(rule_id__in=begun, at__gte=now() - HOUR)
    found = []
    for rule in rules:
        if not begun[rule.pk]:
            continue
        tallies = rows.filter(rule=rule, at__gte=rule.counted_from) if rule.counted_from else rows.filter(rule=rule)
        earlier = tallies.aggregate(total=Sum("begun"))["total"] or 0
        if earlier + begun[rule.pk] > rule.most_per_hour:
            found.append(rule)
    return found


def pause(organization: Organization, rule: AutomationRule) -> None:
    """Pause a rule that storms: nothing new is queued, what waits to begin is held back, and its owner is told."""
    rule.state = RuleState.PAUSED
    text = _("It ran more than %(count)d times within an hour. Look at its runs, then let it go on or drop what waits.")
    rule.paused_because = text % {"count": rule.most_per_hour}
    rule.updated_at = now()
    rule.save(update_fields=["state", "paused_because", "updated_at"])
    waiting = Run.objects.filter(rule=rule, state=RunState.READY, position=None)
    locked = waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)
    Run.objects.filter(pk__in=list(locked)).update(state=RunState.HELD, due_at=None)
    forget(organization)
    tell_owner(rule, STORM)


def circling(runs: Sequence[Run]) -> set[uuid.UUID]:
    """Return the runs whose rule has come back to the same record too often within ten minutes, led by other rules."""
    led = [run for run in runs if run.depth and run.position is None]
    if not led:
        return set()
    rows = Run.objects.filter(
        record_id__in={run.record_id for run in led},
        created_at__gte=now() - REPEATS_WITHIN,
        depth__gt=0,
        parent__isnull=False,
    )
    counts = {
        (rule, record): number
        for rule, record, number in rows.order_by().values_list("rule_id", "record_id").annotate(number=Count("pk"))
    }
    return {run.pk for run in led if counts.get((run.rule_id, run.record_id), 0) > MOST_REPEATS}
