"""The arithmetic of promised times, against counting minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.service.rules import (
    BadPeriodsError,
    Period,
    ServiceHours,
    due_after,
    filled_text,
    minutes_promised,
    parse_periods,
    served,
    share_used,
    write_periods,
)

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 3, 23, tzinfo=UTC)


def is_open(at: datetime, hours: ServiceHours) -> bool:
    """The plain model: whether the minute that begins then is service time."""
    local = at.astimezone(ZoneInfo(hours.zone))
    minute = local.hour * 60 + local.minute
    return any(period.begins <= minute < period.ends for period in hours.of_day(local.date()))


@st.composite
def periods(draw: st.DrawFn) -> tuple[Period, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Period(begin * 15, end * 15) for begin, end in pairs)


@st.composite
def calendars(draw: st.DrawFn) -> ServiceHours:
    week = {day: draw(periods()) for day in range(1, 8)}
    days = draw(st.dictionaries(st.dates(date(2026, 3, 23), date(2026, 4, 2)), periods(), max_size=3))
    # The clocks of Berlin go forward on 29 March.
    return ServiceHours(week, days, draw(st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin"])))


INSTANTS = st.integers(0, 8 * 1440).map(lambda minutes: MONDAY + minutes * MINUTE)


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, st.integers(0, 3 * 1440))
def test_served_time_is_that_of_counting_minutes(hours: ServiceHours, begin: datetime, length: int) -> None:
    counted = sum(is_open(begin + minute * MINUTE, hours) for minute in range(length))
    assert served(begin, begin + length * MINUTE, hours) == counted * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, st.integers(1, 1_000))
def test_what_is_due_lies_exactly_so_much_service_time_ahead(hours: ServiceHours, begin: datetime, wanted: int) -> None:
    if not any(hours.week.values()):
        return
    due = due_after(begin, wanted * MINUTE, hours)
    assert served(begin, due, hours) == wanted * MINUTE
    assert served(begin, due - timedelta(seconds=1), hours) < wanted * MINUTE


def test_a_clock_ignores_lunch_and_the_weekend() -> None:
    office = parse_periods("9:00-12:00, 13:30-18:00")
    hours = ServiceHours(dict.fromkeys(range(1, 6), office), {date(2026, 3, 30): ()})
    friday = datetime(2026, 3, 27, 11, 30, tzinfo=UTC)
    assert due_after(friday, 60 * MINUTE, hours) == datetime(2026, 3, 27, 14, 0, tzinfo=UTC)
    # Saturday, Sunday and a holiday on Monday do not count.
    assert due_after(friday, 6 * 60 * MINUTE, hours) == datetime(2026, 3, 31, 10, 0, tzinfo=UTC)
    assert (
        share_used(friday, datetime(2026, 3, 27, 14, 0, tzinfo=UTC), datetime(2026, 3, 27, 13, 0, tzinfo=UTC), hours)
        == 50
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [("18:00-9:00", "order"), ("9:00-12:00, 11:00-13:00", "overlap"), ("9 to 5", "form"), ("9:00-25:00", "form")],
)
def test_periods_that_make_no_sense_are_refused(text: str, code: str) -> None:
    with pytest.raises(BadPeriodsError) as refused:
        parse_periods(text)
    assert refused.value.code == code


def test_periods_are_read_as_people_write_them() -> None:
    assert write_periods(parse_periods("13:30 – 18:00，9：00至12：00")) == "09:00-12:00, 13:30-18:00"
    assert parse_periods("0:00-24:00") == (Period(0, 1440),)
    assert parse_periods("") == ()


def test_key_customers_wait_less_and_unknown_variables_stay() -> None:
    assert [minutes_promised(240, 50), minutes_promised(1, 10), minutes_promised(0, 50)] == [120, 1, 0]
    assert filled_text("Dear {contact}, {what}", {"contact": "Lena"}) == "Dear Lena, {what}"
