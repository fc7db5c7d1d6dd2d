from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.objects.kinds import ContactPoints, Reading, Unacceptable

READING = Reading(language="en", country="CN")


def test_lines_are_read_as_people_write_them() -> None:
    points = ContactPoints().parse(
        "办公: 021-5888 6666\nprivate: Maria@Keller.example (do not contact)\n13800138000 (停机)", READING
    )

    assert [(p["type"], p["label"], p["value"], p["opt_out"], p["invalid"]) for p in points] == [
        ("phone", "办公", "+862158886666", False, False),
        ("email", "private", "maria@keller.example", True, False),
        ("phone", "", "+8613800138000", False, True),
    ]


def test_each_value_is_kept_once() -> None:
    assert len(ContactPoints().parse("13800138000\n+86 138 0013 8000", READING)) == 1


@given(st.lists(st.tuples(st.sampled_from(["", "office", "办公"]), st.integers(13000000000, 19999999999)), max_size=8))
def test_export_is_read_back_the_same(entries: list[tuple[str, int]]) -> None:
    kind = ContactPoints()
    points = kind.parse([{"label": label, "value": str(number)} for label, number in entries], READING)

    assert kind.parse(kind.export(points, READING), READING) == points


@pytest.mark.parametrize("value", [{"a": 1}, 5, True])
def test_what_is_no_list_is_refused(value: object) -> None:
    with pytest.raises(Unacceptable):
        ContactPoints().parse(value, READING)
