"""What an organization chooses about service: hours, days off, promised times, and what follows when they pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from banyan.core.tenancy.models import Organization
from banyan.service.choices import Priority

SETTING = "service"
WEEK = {"1": "09:00-12:00, 13:30-18:00", "2": "09:00-12:00, 13:30-18:00", "3": "09:00-12:00, 13:30-18:00",
        "4": "09:00-12:00, 13:30-18:00", "5": "09:00-12:00, 13:30-18:00", "6": "", "7": ""}  # fmt: skip
#: Minutes of service time until the first reply and until the solution.
TARGETS: dict[str, tuple[int, int]] = {
    Priority.URGENT.value: (30, 240),
    Priority.HIGH.value: (60, 480),
    Priority.NORMAL.value: (240, 1_440),
    Priority.LOW.value: (480, 2_400),
}


@dataclass(frozen=True)
class ServiceSetting:
    """The settings of service; a target, a percentage or a number of days of 0 means that there is no such rule.

    ``week`` holds the periods of each day of the week as text, ``exceptions`` single days: ``{day, hours, name}``.
    ``levels`` says how much of a target customers of a level wait, in percent. ``supervisor`` is the id of whoever is
    told of broken promises, and gets those tickets when ``reassigns``.
    """

    week: Mapping[str, str] = field(default_factory=lambda: dict(WEEK))
    country: str = ""
    exceptions: tuple[Mapping[str, str], ...] = ()
    targets: Mapping[str, tuple[int, int]] = field(default_factory=lambda: dict(TARGETS))
    levels: Mapping[str, int] = field(default_factory=dict)
    warn_percent: int = 80
    supervisor: str = ""
    reassigns: bool = False
    close_days: int = 7

    def stored(self) -> dict[str, Any]:
        """Return the settings as they are kept."""
        kept = asdict(self)
        kept["exceptions"] = [dict(entry) for entry in self.exceptions]
        kept["targets"] = {name: list(pair) for name, pair in self.targets.items()}
        return kept


KNOWN = tuple(entry.name for entry in fields(ServiceSetting))


def service_setting(organization: Organization) -> ServiceSetting:
    """Return the settings of an organization; until it says otherwise, holidays are those of its country."""
    kept = dict(organization.settings.get(SETTING) or {})
    found = {name: kept[name] for name in KNOWN if name in kept}
    found.setdefault("country", organization.country or "")
    if "exceptions" in found:
        found["exceptions"] = tuple(found["exceptions"])
    if "targets" in found:
        found["targets"] = {name: (int(pair[0]), int(pair[1])) for name, pair in found["targets"].items()}
    return ServiceSetting(**found)
