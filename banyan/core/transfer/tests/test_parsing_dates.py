"""Dates and times as people and programs write them."""

# ruff: noqa: DTZ001  # what a file says has no zone yet

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.transfer.parsing import DateOrder, Unreadable, guess_date_order, parse_date, parse_datetime

DAY = date(2023, 2, 3)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "written",
    [
        "2023-02-03", "2023/2/3", "2023.2.3", "20230203", "２０２３－０２－０３", " 2023 - 02 - 03 ",
        "3.2.2023", "03.02.23", "2023年2月3日", "2023年02月03号", "23年2月3日", "2023年2月3日 星期五", "2023-02-03（周五）",
        "3 Feb 2023", "03-Feb-23", "3rd of February, 2023", "Feb 3, 2023", "February 3 2023", "Fri, 3 Feb 2023", "2023-Feb-03",
        "44960", "44960.604", 44960, Decimal("44960.25"), 20230203, DAY, datetime(2023, 2, 3, 23, 59),
        "2023-02-03T14:30:00Z", "2023-02-03 23:30:00+08:00", "2023-02-03 14:30", "2023/2/3 下午2:30", "2023年2月3日14时30分",
        "Fri, 3 Feb 2023 14:30:00 +0000", "2023-02-03 00:00:00.000",
    ],
)  # fmt: skip
def test_date_is_read_when_it_is_written_without_ambiguity(written):
    assert parse_date(written) == DAY


@pytest.mark.parametrize(
    ("written", "order", "expected"),
    [
        ("02/03/2023", DateOrder.MONTH_FIRST, DAY),
        ("03/02/2023", DateOrder.DAY_FIRST, DAY),
        ("2/3/23", DateOrder.MONTH_FIRST, DAY),
        ("23/2/3", DateOrder.YEAR_FIRST, DAY),
        ("23-02-03", DateOrder.YEAR_FIRST, DAY),
        ("2023/2/3", DateOrder.DAY_FIRST, DAY),
        ("10/20/2016", DateOrder.MONTH_FIRST, date(2016, 10, 20)),
        ("10/20/2016", None, date(2016, 10, 20)),
        ("20/10/2016", None, date(2016, 10, 20)),
        ("05/05/2016", None, date(2016, 5, 5)),
        ("31/12/99", DateOrder.DAY_FIRST, date(1999, 12, 31)),
        ("02/03/2023 10:15 PM", DateOrder.MONTH_FIRST, DAY),
    ],
)
def test_date_follows_the_order_of_its_column_when_it_is_in_numbers(written, order, expected):
    assert parse_date(written, order) == expected


@pytest.mark.parametrize(
    ("written", "order", "code"),
    [
        ("2023-02-30", None, "no_such_date"),
        ("2023年13月1日", None, "no_such_date"),
        ("20230230", None, "no_such_date"),
        ("0000-00-00", None, "no_such_date"),
        ("31 Apr 2023", None, "no_such_date"),
        ("02/03/2023", None, "ambiguous_date"),
        ("02/03/04", None, "ambiguous_date"),
        ("25/12/2023", DateOrder.MONTH_FIRST, "date_order"),
        ("12/25/2023", DateOrder.DAY_FIRST, "date_order"),
        ("2023-02-03 25:00", None, "no_such_time"),
        ("2023-02", None, "not_a_date"),
        ("soon", None, "not_a_date"),
        ("3 Smarch 2023", None, "not_a_date"),
        ("13800138000", None, "not_a_date"),
        (2023, None, "not_a_date"),
        (True, None, "not_a_date"),
        (None, None, "not_a_date"),
    ],
)
def test_date_is_refused_when_it_cannot_be_right(written, order, code):
    with pytest.raises(Unreadable) as refusal:
        parse_date(written, order)

    assert refusal.value.code == code


def test_refusal_names_the_value_when_a_day_does_not_exist():
    with pytest.raises(Unreadable) as refusal:
        parse_date("2023-02-30")

    with translation.override("en"):
        assert (
            str(refusal.value.message) == "“2023-02-30” does not exist in the calendar. Correct the day, month or year."
        )
    with translation.override("zh-hans"):
        assert str(refusal.value.message) == "“2023-02-30”这个日期不存在。请修改年、月或日。"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023-02-03T14:30:15Z", datetime(2023, 2, 3, 14, 30, 15, tzinfo=UTC)),
        ("2023-02-03T14:30:15.250+08:00", datetime(2023, 2, 3, 6, 30, 15, 250_000, tzinfo=UTC)),
        ("2023-02-03 14:30:15 GMT-05:00", datetime(2023, 2, 3, 19, 30, 15, tzinfo=UTC)),
        ("2023-02-03 14:30", datetime(2023, 2, 3, 6, 30, tzinfo=UTC)),
        ("2023年2月3日 下午2点30分", datetime(2023, 2, 3, 6, 30, tzinfo=UTC)),
        ("2023-2-3 上午12:05", datetime(2023, 2, 2, 16, 5, tzinfo=UTC)),
        ("Feb 3, 2023 2 PM", datetime(2023, 2, 3, 6, 0, tzinfo=UTC)),
        ("2023-02-03", datetime(2023, 2, 2, 16, 0, tzinfo=UTC)),
        ("44960.5", datetime(2023, 2, 3, 4, 0, tzinfo=UTC)),
        (Decimal("44960.5"), datetime(2023, 2, 3, 4, 0, tzinfo=UTC)),
        ("1675405815", datetime(2023, 2, 3, 6, 30, 15, tzinfo=UTC)),
        ("1675405815250", datetime(2023, 2, 3, 6, 30, 15, 250_000, tzinfo=UTC)),
        (datetime(2023, 2, 3, 14, 30), datetime(2023, 2, 3, 6, 30, tzinfo=UTC)),
        (DAY, datetime(2023, 2, 2, 16, 0, tzinfo=UTC)),
    ],
)
def test_instant_is_in_utc_when_it_was_written_in_shanghai(written, expected):
    assert parse_datetime(written, zone=SHANGHAI) == expected


def test_instant_is_refused_when_the_zone_leads_out_of_the_calendar():
    with pytest.raises(Unreadable) as refusal:
        parse_datetime("9999-12-31T23:00:00-12:00")

    assert refusal.value.code == "no_such_date"


@pytest.mark.parametrize(
    ("samples", "order"),
    [
        (["3/1/2017", "10/20/2016", "3/11/2017"], DateOrder.MONTH_FIRST),
        (["3/1/2017", "20/10/2016"], DateOrder.DAY_FIRST),
        (["3.1.2017"], DateOrder.DAY_FIRST),
        (["99/1/2", "01/02/03"], DateOrder.YEAR_FIRST),
        (["2017-03-01", "2016-10-20"], DateOrder.YEAR_FIRST),
        (["2017-03-01", "10/20/2016 14:00"], DateOrder.MONTH_FIRST),
        (["3/1/2017", "4/5/2017"], None),
        (["13/1/2017", "1/13/2017"], None),
        ([None, "", "soon", 5, DAY], None),
    ],
)
def test_order_is_guessed_when_the_column_betrays_it(samples, order):
    assert guess_date_order(samples) == order


DAYS = st.dates(date(1927, 6, 1), date(2068, 12, 31))


@given(DAYS, st.sampled_from(["-", "/", "."]), st.booleans())
def test_date_comes_back_when_it_is_written_year_first(day, separator, is_padded):
    parts = (
        [f"{day.year}", f"{day.month:02}", f"{day.day:02}"]
        if is_padded
        else [str(day.year), str(day.month), str(day.day)]
    )

    assert parse_date(separator.join(parts)) == day


@given(DAYS, st.sampled_from(list(DateOrder)), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_date_comes_back_when_the_order_is_known(day, order, style):
    written = day.strftime(style)
    expected = {"%d/%m/%Y": DateOrder.DAY_FIRST, "%m/%d/%Y": DateOrder.MONTH_FIRST}[style]

    if order is expected:
        assert parse_date(written, order) == day
        assert guess_date_order([written]) in (order, None)


@given(DAYS)
def test_date_comes_back_when_it_is_a_serial_number(day):
    assert parse_date((day - date(1899, 12, 30)).days) == day


@given(st.datetimes(datetime(1930, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_instant_comes_back_when_it_is_written_in_iso_form(moment, minutes):
    instant = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))

    assert parse_datetime(instant.isoformat()) == instant


@given(st.text(max_size=30))
def test_date_is_read_or_refused_when_the_text_is_anything(text):
    for order in (None, *DateOrder):
        try:
            assert isinstance(parse_date(text, order), date)
            assert parse_datetime(text, order).tzinfo is UTC
        except Unreadable as refusal:
            assert refusal.code  # noqa: PT017  # which exceptions come out is the rule under test
