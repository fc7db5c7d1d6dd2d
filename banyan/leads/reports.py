"""Figures of leads: how soon they are answered, and how many become customers, by person and by source."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.identity.models import User
from banyan.core.listing.filters import live_rows
from banyan.leads.choices import LeadStatus
from banyan.leads.queries import lead_spec
from banyan.leads.rules import median_minutes

MOST_ROWS = 50_000


@dataclass
class Figures:
    """Leads of one person or source in numbers; ``in_time`` are those answered before they were due."""

    label: str
    leads: int = 0
    answered: int = 0
    in_time: int = 0
    waiting: int = 0
    converted: int = 0
    minutes: list[int] = field(default_factory=list)

    @property
    def median(self) -> int | None:
        """Return the middle response time in working minutes."""
        return median_minutes(self.minutes)

    def share(self, part: int) -> int | None:
        """Return a part of all leads in percent."""
        return round(part * 100 / self.leads) if self.leads else None


@dataclass(frozen=True)
class Report:
    """All leads since a day, together, by person and by source."""

    total: Figures
    people: list[Figures]
    sources: list[Figures]
    is_cut: bool = False


def lead_report(actor: Actor, since: datetime, at: datetime) -> Report:
    """Return the figures of those leads that the actor may see and that came since an instant; two queries."""
    spec = lead_spec(actor)
    rows = restrict(live_rows(actor, spec), actor, spec).filter(created_at__gte=since).order_by("-created_at")
    names = ("owner_id", "source", "status", "first_contact_at", "response_minutes", "answer_by", "converted_at")
    found: list[Mapping[str, Any]] = list(rows.values(*names)[: MOST_ROWS + 1])
    people: dict[uuid.UUID | None, str] = dict(
        User.objects.filter(pk__in={row["owner_id"] for row in found}).values_list("pk", "name")
    )
    kind: Any = spec.all_fields["source"].kind
    labels = {option.code: str(option.label) for option in kind.options}
    kept = found[:MOST_ROWS]
    total = _by(kept, lambda row: "", lambda key: "", at)
    return Report(
        total[0] if total else Figures(""),
        _by(kept, lambda row: row["owner_id"], lambda key: people.get(key, ""), at),
        _by(kept, lambda row: row["source"], lambda key: labels.get(key, key), at),
        is_cut=len(found) > MOST_ROWS,
    )


def _by(
    rows: Iterable[Mapping[str, Any]],
    key_of: Callable[[Mapping[str, Any]], Any],
    label_of: Callable[[Any], str],
    at: datetime,
) -> list[Figures]:
    groups: dict[Any, Figures] = {}
    for row in rows:
        key = key_of(row)
        if key not in groups:
            groups[key] = Figures(label_of(key))
        _count(groups[key], row, at)
    return sorted(groups.values(), key=lambda group: (-group.leads, group.label))


def _count(group: Figures, row: Mapping[str, Any], at: datetime) -> None:
    group.leads += 1
    group.converted += row["status"] == LeadStatus.CONVERTED
    first, due = row["first_contact_at"], row["answer_by"]
    if first is not None:
        group.answered += 1
        group.in_time += due is None or first <= due
        if row["response_minutes"] is not None:
            group.minutes.append(row["response_minutes"])
    elif row["status"] == LeadStatus.NEW and due is not None and due < at:
        group.waiting += 1
