"""Scores of leads by visible rules, set-based: each rule is one condition that the database answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from banyan.core.access.actor import system_actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import parse_tree, to_q
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.changelog import tell_figures
from banyan.core.records.storage import chunks, update_rows
from banyan.core.tenancy.models import Organization
from banyan.leads.choices import LeadStatus
from banyan.leads.models import LIVE, Lead, ScoreRule
from banyan.leads.rules import grade_of
from banyan.leads.setting import lead_setting

AT_ONCE = 1_000
FIGURES = ("score", "grade")


@dataclass(frozen=True)
class Reason:
    """Why a lead has points, or lost some: by a rule, or, without one, by days without activity."""

    points: int
    rule: ScoreRule | None = None
    idle_days: int = 0


def active_rules() -> list[ScoreRule]:
    """Return the rules in force, in order."""
    return list(ScoreRule.objects.filter(is_active=True).order_by("position", "pk"))


def fitting(organization: Organization, spec: ObjectSpec, rule: ScoreRule, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those leads that fit a rule; none when its condition names what is gone."""
    try:
        condition, annotations = to_q(parse_tree(rule.condition), spec, system_actor(organization))
    except Invalid:
        return set()
    rows = Lead.objects.filter(pk__in=ids).alias(**annotations).filter(condition)
    return set(rows.values_list("pk", flat=True))


def rescore(organization: Organization, ids: Sequence[uuid.UUID]) -> int:
    """Work out the scores of leads anew and return how many changed; those that became customers keep theirs."""
    spec, rules, at = spec_for(organization, "lead"), active_rules(), now()
    return sum(_rescore(organization, spec, rules, part, at) for part in chunks(ids, AT_ONCE))


def all_open(after: uuid.UUID | None = None) -> Iterator[list[uuid.UUID]]:
    """Yield the ids of leads whose scores may change, in parts."""
    while True:
        rows = Lead.objects.filter(LIVE).exclude(status=LeadStatus.CONVERTED).order_by("pk")
        part = list((rows if after is None else rows.filter(pk__gt=after)).values_list("pk", flat=True)[:AT_ONCE])
        if not part:
            return
        yield part
        after = part[-1]


def _rescore(
    organization: Organization,
    spec: ObjectSpec,
    rules: Sequence[ScoreRule],
    ids: Sequence[uuid.UUID],
    at: datetime,
) -> int:
    setting = lead_setting(organization)
    rows = Lead.objects.filter(LIVE, pk__in=ids).exclude(status=LeadStatus.CONVERTED).order_by("pk")
    found = {
        pk: (score, grade, last or created)
        for pk, score, grade, last, created in rows.values_list(
            "pk", "score", "grade", "last_activity_at", "created_at"
        )
    }
    points = dict.fromkeys(found, 0)
    for rule in rules:
        for pk in fitting(organization, spec, rule, list(found)):
            points[pk] += rule.points
    changed, told = [], []
    for pk, (score, grade, active_at) in found.items():
        new = points[pk] - setting.decay.lost(idle_days=(at - active_at).days, score=points[pk])
        letter = grade_of(new, grade_a=setting.grade_a, grade_b=setting.grade_b)
        if (new, letter) != (score, grade):
            changed.append({"id": pk, "score": new, "grade": letter})
            told.append((pk, score, grade, new, letter))
    if changed:
        update_rows(Lead, FIGURES, changed)
        tell_figures(organization.pk, "lead", FIGURES, told)
    return len(changed)


def reasons_of(organization: Organization, lead_id: uuid.UUID) -> list[Reason]:
    """Return why a lead has its score: each rule that it fits, and what it lost by silence."""
    spec = spec_for(organization, "lead")
    row = Lead.objects.filter(pk=lead_id).values_list("last_activity_at", "created_at").first()
    if row is None:
        return []
    reasons = [Reason(rule.points, rule) for rule in active_rules() if fitting(organization, spec, rule, [lead_id])]
    idle = (now() - (row[0] or row[1])).days
    lost = lead_setting(organization).decay.lost(idle_days=idle, score=sum(reason.points for reason in reasons))
    return [*reasons, Reason(-lost, idle_days=idle)] if lost else reasons
