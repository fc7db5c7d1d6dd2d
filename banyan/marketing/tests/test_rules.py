"""Variables, links, quiet hours and shares."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from banyan.marketing.rules import filled, hint_of, in_quiet_hours, links_of, plain_text, shares, unknown_variables
from banyan.marketing.services.writing import body_html


@given(st.decimals(0, 10**9, places=2), st.integers(1, 9), st.sampled_from([0, 2]))
def test_shares_sum_to_the_amount(amount: Decimal, count: int, places: int) -> None:
    parts = shares(amount, count, places)
    assert sum(parts) == amount
    assert max(parts) - min(parts) <= Decimal(1).scaleb(-places) + amount % 1


@given(st.text(max_size=60))
def test_a_name_never_becomes_a_link_nor_markup(name: str) -> None:
    html = body_html("Dear {name|friend}", {"name": name})
    assert "<a " not in html
    assert "<script" not in html
    assert "<img" not in html


def test_names_full_of_markdown_stay_names() -> None:
    html = body_html("Dear {name}", {"name": "[x](https://evil.example) https://evil.example <b>*y*"})
    assert "<a " not in html
    assert "<em>" not in html


def test_variables_take_what_stands_after_the_bar() -> None:
    assert filled("Dear {name|friend} of { company }", {"company": "Acme"}) == "Dear friend of Acme"
    assert unknown_variables("{name} {姓名} {Company}") == ["姓名"]


def test_links_are_found_once_and_replaced_in_plain_text() -> None:
    body = "See [us](https://a.example/x), https://a.example/x。And https://b.example."
    assert links_of(body) == ["https://a.example/x", "https://b.example"]
    text = plain_text(body, {"https://a.example/x": "https://c/1", "https://b.example": "https://c/2"})
    assert text == "See us (https://c/1), https://c/1。And https://c/2."


def test_quiet_hours_go_over_midnight() -> None:
    found = [
        at for at in ("20:59", "21:00", "03:00", "08:00") if in_quiet_hours(time.fromisoformat(at), "21:00", "08:00")
    ]
    assert found == ["21:00", "03:00"]


def test_hint_does_not_give_the_address_away() -> None:
    assert hint_of("li.hua@example.com") == "l…a@example.com"
