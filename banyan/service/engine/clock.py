"""The calendar of an organization's service, and the promised times of a ticket by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import Organization
from banyan.service.rules import Periods, ServiceHours, due_after, minutes_promised, parse_periods, served
from banyan.service.setting import ServiceSetting, service_setting

MONDAY = 1


@lru_cache(maxsize=64)
def country_days(country: str, years: tuple[int, ...]) -> tuple[frozenset[date], frozenset[date]]:
    """Return the holidays of a country and the days of a weekend on which work is made up; none of an unknown one."""
    # The library takes a second to load: only those pay for it who count by a country's calendar.
    import holidays  # noqa: PLC0415

    try:
        known: Any = holidays.country_holidays(country, years=list(years))
    except NotImplementedError:
        return frozenset(), frozenset()
    return frozenset(known), frozenset(known.weekend_workdays)


@lru_cache(maxsize=128)
def _week(days: tuple[tuple[str, str], ...]) -> dict[int, Periods]:
    return {int(day): parse_periods(text) for day, text in days}


def hours_of(setting: ServiceSetting, zone: str, at: datetime) -> ServiceHours:
    """Return the service hours around an instant: the week, a country's holidays, and the organization's own days."""
    week = _week(tuple(sorted(setting.week.items())))
    days: dict[date, Periods] = {}
    if setting.country:
        free, made_up = country_days(setting.country, tuple(range(at.year - 1, at.year + 3)))
        usual = next((week[day] for day in sorted(week) if week[day]), ())
        days.update(dict.fromkeys(free, ()))
        # A Saturday on which the country works has the hours of a working day, unless it has hours anyway.
        days.update({day: week.get(day.isoweekday()) or week.get(MONDAY) or usual for day in made_up})
    for entry in setting.exceptions:
        days[date.fromisoformat(entry["day"])] = parse_periods(entry["hours"])
    return ServiceHours(week, days, zone)


@dataclass(frozen=True)
class ServiceClock:
    """The promised times of an organization at an instant."""

    setting: ServiceSetting
    hours: ServiceHours
    at: datetime

    def promised(self, priority: str, level: str) -> tuple[int, int]:
        """Return the minutes until the first reply and the solution for a priority and a customer's level."""
        reply, solve = self.setting.targets.get(priority, (0, 0))
        percent = int(self.setting.levels.get(level, 100)) or 100
        return minutes_promised(reply, percent), minutes_promised(solve, percent)

    def due(self, begin: datetime, minutes: int, paused: int) -> datetime | None:
        """Return when a promise is due that began then, its clock having stood still for ``paused`` seconds."""
        if minutes <= 0:
            return None
        return due_after(begin, timedelta(minutes=minutes, seconds=paused), self.hours)

    def warn_at(self, begin: datetime, due: datetime | None) -> datetime | None:
        """Return when so much of a promised time has passed that its owner is warned; None when nobody is."""
        if due is None or not self.setting.warn_percent:
            return None
        return due_after(begin, served(begin, due, self.hours) * self.setting.warn_percent / 100, self.hours)

    def seconds(self, begin: datetime, end: datetime) -> int:
        """Return the seconds of service time between two instants."""
        return int(served(begin, end, self.hours).total_seconds())


def clock_of(organization: Organization, at: datetime | None = None) -> ServiceClock:
    """Return the clock of an organization's service now, or at another instant."""
    setting, when = service_setting(organization), at or now()
    return ServiceClock(setting, hours_of(setting, organization.time_zone, when), when)
