"""Fiscal years, their quarters and months: pure arithmetic of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from banyan.money.choices import MONTHS_OF, PeriodKind

FIRST_YEAR, LAST_YEAR = 1900, 2999


@dataclass(frozen=True)
class FiscalCalendar:
    """When a company's years begin; one that spans two calendar years is named after the first or the last of them."""

    first_month: int = 1
    is_named_after_end: bool = True

    def year_of(self, day: date) -> int:
        """Return the name of the fiscal year that a day lies in."""
        return self._named(day.year if day.month >= self.first_month else day.year - 1)

    def start_of(self, year: int) -> int:
        """Return the first month of a fiscal year, counted as year * 12 + month - 1."""
        return (year - self._named(0)) * 12 + self.first_month - 1

    def _named(self, calendar_year: int) -> int:
        return calendar_year + (1 if self.first_month > 1 and self.is_named_after_end else 0)


@dataclass(frozen=True, order=True)
class FiscalPeriod:
    """A month, quarter or whole fiscal year with its first and last day; ``index`` counts from 1 within the year."""

    first: date
    last: date
    kind: PeriodKind
    year: int
    index: int

    @property
    def code(self) -> str:
        """Return the name that programs use, such as 2026, 2026-Q3 or 2026-M07."""
        mark = {PeriodKind.YEAR: "", PeriodKind.QUARTER: f"-Q{self.index}", PeriodKind.MONTH: f"-M{self.index:02d}"}
        return f"{self.year}{mark[self.kind]}"


def period_of(calendar: FiscalCalendar, day: date, kind: PeriodKind = PeriodKind.YEAR) -> FiscalPeriod:
    """Return the period that a day lies in."""
    year = calendar.year_of(day)
    months = day.year * 12 + day.month - 1 - calendar.start_of(year)
    return numbered(calendar, year, kind, months // MONTHS_OF[kind] + 1)


def numbered(calendar: FiscalCalendar, year: int, kind: PeriodKind = PeriodKind.YEAR, index: int = 1) -> FiscalPeriod:
    """Return a period by its number; raise ``ValueError`` for a number or a year that there is not."""
    months = MONTHS_OF[kind]
    if not 1 <= index <= 12 // months or not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"There is no {kind} {index} of {year}.")
    start = calendar.start_of(year) + (index - 1) * months
    return FiscalPeriod(_first_of(start), _first_of(start + months) - timedelta(days=1), PeriodKind(kind), year, index)


def periods_of(calendar: FiscalCalendar, year: int, kind: PeriodKind) -> list[FiscalPeriod]:
    """Return the months, the quarters or the year itself of a fiscal year, in order."""
    return [numbered(calendar, year, kind, index + 1) for index in range(12 // MONTHS_OF[kind])]


def beside(calendar: FiscalCalendar, period: FiscalPeriod, step: int) -> FiscalPeriod:
    """Return the period so many steps later; earlier for negative ones."""
    months = MONTHS_OF[period.kind]
    moved = period.first.year * 12 + period.first.month - 1 + step * months
    return period_of(calendar, _first_of(moved), period.kind)


def read_code(calendar: FiscalCalendar, code: str) -> FiscalPeriod:
    """Return the period that a code names; raise ``ValueError`` for any other text."""
    year, _dash, part = code.partition("-")
    if not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise ValueError(f"“{code}” names no period.")
    if not part:
        return numbered(calendar, int(year))
    kind = {"Q": PeriodKind.QUARTER, "M": PeriodKind.MONTH}.get(part[0])
    number = part[1:]
    if kind is None or not (number.isascii() and number.isdecimal() and len(number) <= 2):
        raise ValueError(f"“{code}” names no period.")
    return numbered(calendar, int(year), kind, int(number))


def _first_of(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)
