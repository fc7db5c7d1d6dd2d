"""Field kinds as properties: whatever is sent is refused in words, or read, stored and shown without loss."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import strategies as st

from banyan.core.objects import kinds
from banyan.core.objects.kinds import Option, Reading, Unacceptable

READING = Reading(language="en", time_zone="Asia/Shanghai", currency="CNY", country="CN")
OPTIONS = (Option("a", "Alpha"), Option("b", "Beta", active=False))
KINDS = {
    "text": kinds.Text(maximum=50),
    "long_text": kinds.LongText(maximum=200),
    "integer": kinds.Integer(),
    "decimal": kinds.Number(),
    "money": kinds.Money(),
    "boolean": kinds.Boolean(),
    "date": kinds.Date(),
    "datetime": kinds.DateTime(),
    "choice": kinds.Choice(options=OPTIONS),
    "multiple_choice": kinds.MultipleChoice(options=OPTIONS),
    "tags": kinds.Tags(),
    "email": kinds.Email(),
    "phone": kinds.Phone(),
    "url": kinds.Url(),
    "person": kinds.Person(),
    "reference": kinds.Reference(),
    "address": kinds.Address(),
    "contact_points": kinds.ContactPoints(),
}

ODD = "\x00\ud800\u202e\ufeff\u2028é́🌳👩‍👩‍👧𠮷榕مرحبا<b>&'\"=@-+,;|"
TEXTS = (
    st.text(max_size=80)
    | st.text(alphabet=ODD + "a1 .:/-", max_size=30)
    | st.text(alphabet="0123456789-+.e:/T Z", max_size=25)
)
LIKELY = st.sampled_from([
    "2026-02-28", "2023-02-30", "2026/1/5", "2026-01-31T08:30:00Z", "2026-01-31 08:30", "0001-01-01T00:00:00+14:00",
    "1,234.50", "¥ 99", "1e30", "-0.001", "NaN", "Infinity", "9" * 400, "1e999999", "true", "否", "alpha", "A@B.example",
    "138 0013 8000", "+44 20 7123 4567", "example.com", "http://[::1", "https://例子.测试/路径", "x" * 498 + ".cn",
    "vip, 重点；new", str(uuid.UUID(int=7)), f"customer:{uuid.UUID(int=7)}",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | LIKELY,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["city", "street", "id", "type", "value", "label", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("name", KINDS)
@given(value=VALUES)
@example(value="a.cn/" + "x" * 492)
@example(value=["y" * 60 + "1", "y" * 60 + "2"])
@example(value="2026-01-3099")
def test_value_is_refused_in_words_or_kept_without_loss(name: str, value: Any) -> None:
    kind = KINDS[name]
    with override("en"):
        try:
            parsed = kind.parse(value, READING)
        except Unacceptable as problem:
            refusal = problem
        else:
            refusal = None
        if refusal is not None:
            assert refusal.code
            assert str(refusal.message)
            return

        stored = kind.to_json(parsed)
        assert orjson.loads(orjson.dumps(stored)) == stored
        assert kind.from_json(stored) == parsed
        assert kind.parse(stored, READING) == parsed
        assert kind.is_empty(parsed) == kind.is_empty(kind.parse(parsed, READING))
        assert isinstance(kind.display(parsed, READING), str)
        assert isinstance(kind.search_text(parsed), str)
        orjson.dumps(kind.export(parsed, READING), default=str)


@pytest.mark.parametrize(
    ("name", "longest"), [("text", 50), ("long_text", 200), ("email", 254), ("phone", 40), ("url", 500)]
)
@given(value=TEXTS | LIKELY | st.text(min_size=240, max_size=700))
def test_text_that_is_kept_fits_its_column(name: str, longest: int, value: str) -> None:
    try:
        kept = KINDS[name].parse(value, READING) or ""
    except Unacceptable:
        return

    assert len(kept) <= longest
    assert not set(kept) & set("\x00\ud800\u202e\ufeff")


@given(value=st.lists(TEXTS, max_size=60))
def test_tags_are_few_short_and_each_there_once(value: list[str]) -> None:
    try:
        tags = KINDS["tags"].parse(value, READING)
    except Unacceptable:
        return

    assert len(tags) == len(set(tags)) <= 50
    assert all(0 < len(tag) <= 60 for tag in tags)


@given(amount=st.decimals(min_value=-(10**13), max_value=10**13, allow_nan=False, allow_infinity=False, places=4))
def test_money_is_rounded_half_up_to_cents(amount: Decimal) -> None:
    parsed = KINDS["money"].parse(str(amount), READING)

    assert abs(parsed - amount) <= Decimal("0.005")
    assert parsed == parsed.quantize(Decimal("0.01"))
    assert KINDS["money"].parse(f"¥{amount:,}", READING) == parsed


@given(amounts=st.lists(st.decimals(min_value=0, max_value=10**6, places=2), max_size=20))
def test_money_adds_up_after_a_journey_through_json(amounts: list[Decimal]) -> None:
    kind = KINDS["money"]
    travelled = [kind.from_json(kind.to_json(kind.parse(str(amount), READING))) for amount in amounts]

    assert sum(travelled) == sum(amounts)


@pytest.mark.parametrize(
    "text", ["2023-02-30", "2026-13-01", "2026-00-10", "2026-1", "31-01-2026", "2026-01-3099", "tomorrow", "0999-01-01"]
)
def test_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        KINDS["date"].parse(text, READING)

    assert refused.value.code == "not_date"


@given(day=st.dates(min_value=date(1000, 1, 1)))
def test_day_is_read_in_the_ways_in_which_it_is_written(day: date) -> None:
    forms = [
        day.isoformat(),
        f"{day:%Y/%m/%d}",
        f"{day:%Y.%m.%d}",
        f"{day.year}-{day.month}-{day.day}",
        f"{day}T08:30:00",
    ]

    assert {KINDS["date"].parse(form, READING) for form in forms} == {day}


@given(instant=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 hypothesis adds it
def test_instant_is_the_same_in_every_zone(instant: datetime) -> None:
    assert KINDS["datetime"].parse(instant.isoformat(), READING) == instant.astimezone(UTC)


def test_instant_without_a_zone_is_taken_in_the_readers() -> None:
    assert KINDS["datetime"].parse("2026-01-31 08:30", READING) == datetime(2026, 1, 31, 0, 30, tzinfo=UTC)


def test_label_of_two_choices_means_the_one_in_use():
    kind = kinds.Choice(options=(Option("old", "Gold", active=False), Option("new", "Gold"), *OPTIONS))
    assert [kind.parse(text, READING) for text in ("Gold", "gold", "old", "Beta")] == ["new", "new", "old", "b"]
