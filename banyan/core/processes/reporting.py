"""How long records stay in the stages of a process, and how many are there now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess
from banyan.core.processes.values import labels_of_values

# Seconds of the stays that are over; those under way count as "now". Row-level security limits it to the organization.
_FIGURES = """
    SELECT stage,
           count(*) FILTER (WHERE left_at IS NOT NULL),
           extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY left_at - entered_at)),
           extract(epoch FROM avg(left_at - entered_at)),
           extract(epoch FROM percentile_cont(0.9) WITHIN GROUP (ORDER BY left_at - entered_at)),
           count(*) FILTER (WHERE left_at IS NULL),
           count(*) FILTER (WHERE left_at IS NULL AND due_at < %s)
      FROM processes_stay
     WHERE organization_id = %s AND process_id = %s
     GROUP BY stage
"""


@dataclass(frozen=True)
class StageFigures:
    """One stage: how many stays are over, their median, average and 90th percentile in hours; now there, and late."""

    key: str
    label: str
    finished: int = 0
    median: float | None = None
    average: float | None = None
    slowest: float | None = None
    present: int = 0
    late: int = 0


def stage_figures(actor: Actor, spec: ObjectSpec, process: ActiveProcess) -> list[StageFigures]:
    """Return the figures of all stages in order, then of those that the process had earlier."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [now(), actor.organization_id, process.id])
        found = {row[0]: row for row in cursor.fetchall()}
    labels = labels_of_values(actor, spec, spec.all_fields[process.field_name])
    keys = [*process.definition.keys, *(key for key in found if process.definition.stage(key) is None)]
    return [_figures(key, labels.get(key, key), found.get(key)) for key in keys]


def _figures(key: str, label: str, row: Any) -> StageFigures:
    if row is None:
        return StageFigures(key, label)
    _stage, finished, median, average, slowest, present, late = row
    return StageFigures(key, label, finished, _hours(median), _hours(average), _hours(slowest), present, late)


def _hours(seconds: Any) -> float | None:
    return None if seconds is None else float(seconds) / 3600
