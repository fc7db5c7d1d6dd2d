"""Fiscal years: every day lies in exactly one month, quarter and year, whichever month is the first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid
from banyan.money.choices import PeriodKind
from banyan.money.periods import FiscalCalendar, beside, period_of, periods_of, read_code
from banyan.money.queries import fiscal_period
from banyan.money.services.settings import set_fiscal_year

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2500, 12, 31))
CALENDARS = st.builds(FiscalCalendar, st.integers(1, 12), st.booleans())
KINDS = st.sampled_from(list(PeriodKind))


@given(day=DAYS, calendar=CALENDARS, kind=KINDS)
def test_day_lies_in_its_period_and_periods_join(day: date, calendar: FiscalCalendar, kind: PeriodKind) -> None:
    period = period_of(calendar, day, kind)
    assert period.first <= day <= period.last
    assert read_code(calendar, period.code) == period
    following = beside(calendar, period, 1)
    assert following.first == period.last + timedelta(days=1)
    assert beside(calendar, following, -1) == period
    parts = periods_of(calendar, period.year, kind)
    year = period_of(calendar, day)
    assert (parts[0].first, parts[-1].last) == (year.first, year.last)
    assert period in parts


def test_year_is_named_as_the_company_says(admin: Actor) -> None:
    assert fiscal_period(admin.organization, date(2026, 11, 26)).code == "2026"
    set_fiscal_year(admin, first_month=4, is_named_after_end=True)
    assert fiscal_period(admin.organization, date(2026, 11, 26), "quarter").code == "2027-Q3"
    set_fiscal_year(admin, first_month=4, is_named_after_end=False)
    period = fiscal_period(admin.organization, date(2026, 3, 31))
    assert (period.code, period.first, period.last) == ("2025", date(2025, 4, 1), date(2026, 3, 31))
    with pytest.raises(Invalid):
        set_fiscal_year(admin, first_month=13, is_named_after_end=True)


@pytest.mark.parametrize("code", ["", "26", "2026-Q5", "2026-M13", "2026-X1", "2026-Q", "20262", "2026-Q１"])
def test_code_that_names_no_period_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r"period|There is no"):
        read_code(FiscalCalendar(), code)
