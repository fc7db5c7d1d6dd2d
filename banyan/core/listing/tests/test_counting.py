from __future__ import annotations

from decimal import Decimal

import pytest

from banyan.core.access.scopes import FieldAccess
from banyan.core.kernel.errors import Invalid, NotAllowed
from banyan.core.listing import counting
from banyan.core.listing.counting import Count, count_rows, totals
from banyan.core.listing.export import rows_for_export
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.groups import group_by
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.registry import spec_for
from banyan.core.records.door import create_many


@pytest.fixture
def opportunity(scope):
    return spec_for(scope.organization, "opportunity")


@pytest.fixture
def deals(admin, owner, opportunity, euro):
    """Five deals of two people in two currencies; one without an amount."""
    rows = [
        {"name": "A", "amount": 100, "source": "website", "expected_close_on": "2026-01-31"},
        {"name": "B", "amount": 200, "source": "website", "expected_close_on": "2026-02-01"},
        {"name": "C", "amount": 50, "currency": "EUR", "source": "exhibition", "expected_close_on": "2026-02-28"},
        {"name": "D", "source": "exhibition"},
        {"name": "E", "amount": 1, "owner": owner.user_id, "expected_close_on": "2026-04-01"},
    ]
    outcome = create_many(admin, opportunity, rows)
    assert not outcome.rejected
    return outcome.created


def test_count_is_exact_when_rows_are_few(admin, salesperson, customer, add):
    add(admin, "Alder")
    add(salesperson, "Birch")

    assert count_rows(admin, customer, ListRequest()) == Count(2, is_exact=True)
    assert count_rows(salesperson, customer, ListRequest()) == Count(1, is_exact=True)
    assert count_rows(admin, customer, ListRequest(search="alder")) == Count(1, is_exact=True)
    assert count_rows(admin, customer, ListRequest(search="…")) == Count(0, is_exact=True)


def test_count_is_estimated_when_rows_are_many_and_exact_on_demand(admin, customer, add, monkeypatch):
    for name in ("Alder", "Birch", "Cedar"):
        add(admin, name)
    monkeypatch.setattr(counting, "MOST_ROWS", 2)
    guess = count_rows(admin, customer, ListRequest())

    assert (guess.is_exact, guess.value >= 3, str(guess)) == (False, True, "2+")
    assert count_rows(admin, customer, ListRequest(), exact=True) == Count(3, is_exact=True)


def test_count_gives_up_when_it_takes_too_long_and_the_transaction_goes_on(admin, customer, add, monkeypatch):
    add(admin, "Alder")
    monkeypatch.setattr(counting, "PATIENCE_MILLISECONDS", 1)
    monkeypatch.setattr(counting, "_counted", lambda selection, most: _sleep())
    counted = count_rows(admin, customer, ListRequest(filter=parse_tree({"field": "name", "value": "x"})))

    assert counted.is_exact is False
    assert len(list_rows(admin, customer, ListRequest()).rows) == 1


def _sleep():
    with counting.connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")
    return 0


def test_totals_add_money_by_currency_and_leave_out_what_is_masked(admin, owner, opportunity, deals):
    admin.field_grants["opportunity.version"] = FieldAccess.EDITABLE
    expected = {"amount": {"CNY": Decimal(301), "EUR": Decimal(50)}}

    assert totals(admin, opportunity, ListRequest(columns=("name", "amount", "version"))) == expected
    admin.field_grants["opportunity.amount"] = FieldAccess.MASKED
    assert totals(admin, opportunity, ListRequest(columns=("name", "amount"))) == {}


def test_totals_of_custom_numbers(admin, custom_customer):
    create_many(admin, custom_customer, [{"name": "A", "seats": 2, "budget": "1.50"}, {"name": "B", "seats": 3}])
    request = ListRequest(columns=("name", "seats", "budget"))

    assert totals(admin, custom_customer, request) == {"seats": {"": Decimal(5)}, "budget": {"": Decimal("1.5")}}


def figures(rows):
    return {row.labels: row.values for row in rows}


def test_groups_count_and_add_up_by_choice_and_person(admin, opportunity, deals):
    by_owner = group_by(admin, opportunity, ListRequest(), by="owner", measures=("count", "sum:amount"))
    by_source = group_by(admin, opportunity, ListRequest(), by="source", measures=("count", "average:amount"))

    assert [(row.labels, row.values) for row in by_owner] == [
        (("Ada Admin",), {"count": 4, "sum:amount": {"CNY": Decimal(300), "EUR": Decimal(50)}}),
        (("Olga Owner",), {"count": 1, "sum:amount": {"CNY": Decimal(1)}}),
    ]
    assert figures(by_source) == {
        ("Website",): {"count": 2, "average:amount": {"CNY": Decimal(150)}},
        ("Exhibition",): {"count": 2, "average:amount": {"EUR": Decimal(50)}},
        ("(none)",): {"count": 1, "average:amount": {"CNY": Decimal(1)}},
    }


def test_groups_by_month_come_in_order_with_what_has_no_date_last(admin, opportunity, deals):
    rows = group_by(admin, opportunity, ListRequest(), by="expected_close_on:month")

    assert [(row.labels[0], row.values["count"]) for row in rows] == [
        ("2026-01", 1), ("2026-02", 2), ("2026-04", 1), ("(none)", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "by",
    ["owner", "source", "created_at:day", "expected_close_on:week", "expected_close_on:quarter", "outcome", "customer",
     ("source", "expected_close_on:year")],
)  # fmt: skip
def test_filter_of_a_group_opens_exactly_its_records(admin, opportunity, deals, by):
    rows = group_by(admin, opportunity, ListRequest(), by=by)
    opened = [len(list_rows(admin, opportunity, ListRequest(filter=row.filter)).rows) for row in rows]

    assert opened == [row.values["count"] for row in rows]
    assert sum(opened) == 5


@pytest.mark.parametrize(
    ("by", "measures", "code"),
    [("tags", ("count",), "not_groupable"), ("notes", ("count",), "not_groupable"), ("colour", ("count",), "unknown_field"),
     ("owner:month", ("count",), "not_groupable"), ("created_at:hour", ("count",), "not_groupable"),
     ("owner", ("median:amount",), "unknown_measure"), ("owner", ("sum:name",), "unknown_field"),
     ("owner", ("sum",), "unknown_measure")],
)  # fmt: skip
def test_groups_are_refused_when_they_make_no_sense(admin, opportunity, by, measures, code):
    with pytest.raises(Invalid) as refused:
        group_by(admin, opportunity, ListRequest(), by=by, measures=measures)

    assert refused.value.errors[0].code == code


def test_day_of_a_group_is_that_of_the_reader(admin, opportunity, deals):
    shanghai = group_by(admin, opportunity, ListRequest(), by="stage_since:day")
    zone = admin.organization.time_zone

    assert zone == "Asia/Shanghai"
    assert [row.values["count"] for row in shanghai] == [5]


def test_export_gives_every_row_in_order_with_labels(admin, opportunity, deals):
    parts = list(
        rows_for_export(admin, opportunity, ListRequest(sort=("-amount",), columns=("name", "owner"), limit=2))
    )

    assert [row["name"] for part in parts for row in part.rows] == ["B", "A", "C", "E", "D"]
    assert set(parts[0].labels.values()) == {"Ada Admin", "Olga Owner"}


def test_export_is_limited_by_the_right_to_export(admin, scope, owner, opportunity, deals):
    mine = list(rows_for_export(owner, opportunity, ListRequest()))
    assert [row["name"] for part in mine for row in part.rows] == ["E"]

    with pytest.raises(NotAllowed):
        rows_for_export(scope.actor("viewer"), opportunity, ListRequest())
