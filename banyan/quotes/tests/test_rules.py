"""What customers choose, and how versions differ."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.quotes.rules import WrongChoice, choose, compare, hash_of, settle_options

OFFERS = st.lists(st.sampled_from(["", "optional", "A", "B"]), min_size=1, max_size=8)


def lines_of(offers: list[str], counts: list[bool]) -> list[dict]:
    return [
        {
            "id": str(index),
            "is_optional": offer == "optional",
            "alternative": offer if offer in "AB" else "",
            "counts": count,
        }
        for index, (offer, count) in enumerate(zip(offers, counts, strict=True))
    ]


@given(data=st.data(), offers=OFFERS)
def test_settled_options_leave_one_of_each_alternative_and_can_be_chosen(
    data: st.DataObject, offers: list[str]
) -> None:
    counts = data.draw(st.lists(st.booleans(), min_size=len(offers), max_size=len(offers)))
    lines = lines_of(offers, counts)
    changes = settle_options(lines)
    settled = [{**line, "counts": changes.get(line["id"], line["counts"])} for line in lines]

    for group in {line["alternative"] for line in lines} - {""}:
        assert sum(line["counts"] for line in settled if line["alternative"] == group) == 1
    assert all(line["counts"] for line in settled if not line["is_optional"] and not line["alternative"])
    chosen = [line["id"] for line in settled if line["counts"] and (line["is_optional"] or line["alternative"])]
    assert all(choose(settled, chosen)[pk] for pk in chosen)


def test_wrong_choices_are_refused() -> None:
    lines = lines_of(["", "A", "A", "optional"], [True, True, False, False])

    for chosen in (["1", "2"], [], ["1", "0"], ["1", "unknown"]):
        with pytest.raises(WrongChoice):
            choose(lines, chosen)
    assert choose(lines, ["2", "3"]) == {"1": False, "2": True, "3": True}


def test_versions_are_compared_line_by_line() -> None:
    def line(name: str, quantity: str, price: str = "1") -> dict:
        return {"name": name, "product_id": None, "quantity": Decimal(quantity), "unit_price": Decimal(price),
                "discount_percent": Decimal(0), "tax_rate": None, "amount": Decimal(quantity) * Decimal(price)}  # fmt: skip

    old = [line("a", "1"), line("b", "2.000"), line("c", "3")]
    new = [line("b", "2"), line("a", "5"), line("d", "1")]

    found = [(entry.kind, (entry.new or entry.old or {})["name"], set(entry.changed)) for entry in compare(old, new)]
    assert found == [
        ("same", "b", set()),
        ("changed", "a", {"quantity", "amount"}),
        ("added", "d", set()),
        ("gone", "c", set()),
    ]


def test_hash_does_not_depend_on_the_order_of_keys_but_on_every_value() -> None:
    assert hash_of({"a": 1, "b": "x"}) == hash_of({"b": "x", "a": 1})
    assert hash_of({"a": 1, "b": "x"}) != hash_of({"a": 1, "b": "y"})
