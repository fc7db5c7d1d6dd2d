"""What an organization chooses about leads: how soon they are answered, the pool, scores, and what becomes what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import time
from typing import Any

from banyan.core.tenancy.models import Organization
from banyan.leads.rules import Decay, WorkingHours

SETTING = "leads"


@dataclass(frozen=True)
class LeadSetting:
    """The settings of leads; limits and days of 0 mean that there is no such rule.

    ``mapping`` names for each target, and each field of a lead, the field that takes its value; an empty one takes
    it nowhere. What it does not name goes the usual way.
    """

    answer_minutes: int = 60
    counts_working_time: bool = True
    working_days: tuple[int, ...] = (1, 2, 3, 4, 5)
    works_from: str = "09:00"
    works_until: str = "18:00"
    grade_a: int = 60
    grade_b: int = 30
    decay_points: int = 5
    decay_days: int = 7
    decay_most: int = 30
    claim_limit: int = 10
    hold_limit: int = 0
    release_days: int = 0
    notice_days: int = 2
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def hours(self) -> WorkingHours | None:
        """Return when minutes count; None when each does."""
        if not self.counts_working_time:
            return None
        return WorkingHours(
            frozenset(self.working_days), time.fromisoformat(self.works_from), time.fromisoformat(self.works_until)
        )

    @property
    def decay(self) -> Decay:
        """Return how scores lose points while nothing happens."""
        return Decay(self.decay_points, self.decay_days, self.decay_most)

    def stored(self) -> dict[str, Any]:
        """Return the settings as they are kept."""
        return {**asdict(self), "working_days": list(self.working_days)}


KNOWN = tuple(entry.name for entry in fields(LeadSetting))


def lead_setting(organization: Organization) -> LeadSetting:
    """Return the settings of an organization."""
    kept = dict(organization.settings.get(SETTING) or {})
    found = {name: kept[name] for name in KNOWN if name in kept}
    if "working_days" in found:
        found["working_days"] = tuple(found["working_days"])
    return LeadSetting(**found)
