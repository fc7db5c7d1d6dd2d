from __future__ import annotations

from decimal import Decimal

import pytest

from banyan.core.access.scopes import FieldAccess
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.board import board_columns, board_groups
from banyan.core.listing.filters import join, parse_tree
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import Board
from banyan.core.records.door import create, create_many


@pytest.fixture
def opportunity(scope):
    return spec_for(scope.organization, "opportunity")


@pytest.fixture
def stages(admin, scope):
    """Open stages of the usual pipeline in their order, as pairs of id and name."""
    stage = spec_for(scope.organization, "stage")
    rows = list_rows(admin, stage, ListRequest(columns=("name", "probability"), limit=1000)).rows
    return [(row["id"], row["name"], row["probability"]) for row in rows]


def test_board_has_a_column_for_each_stage_with_count_sum_and_expectation(admin, opportunity, stages, euro):
    first, second = stages[0], stages[1]
    rows = [{"name": "A", "amount": 100, "stage": first[0]}, {"name": "B", "amount": 50, "stage": first[0]}]
    rows += [{"name": "C", "amount": 80, "stage": second[0], "currency": "EUR"}, {"name": "D", "stage": second[0]}]
    create_many(admin, opportunity, rows)
    board = board_columns(admin, opportunity, ListRequest(), opportunity.board)

    assert [column.label for column in board.columns] == [name for _pk, name, _probability in stages]
    assert [column.count for column in board.columns] == [2, 2] + [0] * (len(stages) - 2)
    assert board.columns[0].totals == {"CNY": Decimal(150)}
    assert board.columns[1].totals == {"EUR": Decimal(80)}
    assert board.columns[0].weighted == {"CNY": Decimal(150) * first[2] / 100}
    assert {row["name"] for row in board.columns[0].rows} == {"A", "B"}


def test_further_cards_of_a_column_follow_its_first_ones(admin, opportunity, stages):
    create_many(admin, opportunity, [{"name": f"{n:02}", "stage": stages[0][0], "amount": n} for n in range(27)])
    request = ListRequest(sort=("-amount",))
    column = board_columns(admin, opportunity, request, opportunity.board, cards=10).columns[0]
    further = ListRequest(sort=("-amount",), filter=column.filter, cursor=column.next_cursor, columns=("name",))
    names = [row["name"] for row in [*column.rows, *list_rows(admin, opportunity, further).rows]]

    assert names == [f"{n:02}" for n in reversed(range(27))]


def test_board_shows_what_the_list_shows(admin, salesperson, opportunity, stages):
    create(admin, opportunity, {"name": "Other", "stage": stages[0][0], "amount": 5})
    create(salesperson, opportunity, {"name": "Mine", "stage": stages[0][0], "amount": 7})
    create(salesperson, opportunity, {"name": "Small", "stage": stages[0][0], "amount": 1})
    request = ListRequest(filter=join(parse_tree({"field": "amount", "op": "gt", "value": 2})))
    column = board_columns(salesperson, opportunity, request, opportunity.board).columns[0]

    assert (column.count, [row["name"] for row in column.rows], column.totals) == (1, ["Mine"], {"CNY": Decimal(7)})


def test_board_shows_the_pipeline_that_was_chosen(admin, scope, opportunity, stages):
    pipeline, stage = (spec_for(scope.organization, name) for name in ("pipeline", "stage"))
    other = create(admin, pipeline, {"name": "Partners", "position": 9})
    create(admin, stage, {"name": "Signed", "pipeline": other.pk, "position": 0})
    groups = board_groups(admin, opportunity, opportunity.board)
    board = board_columns(admin, opportunity, ListRequest(), opportunity.board, group=other.pk)

    assert [group.label for group in groups][-1] == "Partners"
    assert [column.label for column in board.columns] == ["Signed"]
    assert len(board_columns(admin, opportunity, ListRequest(), opportunity.board).columns) == len(stages)


def test_board_by_a_choice_has_its_options(admin, customer, add):
    add(admin, "Alder", status="active")
    board = board_columns(admin, customer, ListRequest(), Board("status", card=("phone",)))
    codes = [option.code for option in customer.all_fields["status"].kind.options]

    assert [column.key for column in board.columns] == codes
    assert {column.key: column.count for column in board.columns}["active"] == 1


def test_board_is_refused_when_its_field_cannot_be_read(customer, restricted):
    with pytest.raises(Invalid):
        board_columns(restricted(status=FieldAccess.HIDDEN), customer, ListRequest(), Board("status"))


def test_board_costs_the_same_queries_for_one_card_and_for_many(admin, opportunity, stages, django_assert_num_queries):
    board = opportunity.board
    for count in (1, 30):
        rows = [{"name": f"{n}", "stage": stages[n % 4][0]} for n in range(count)]
        create_many(admin, opportunity, rows)
        with django_assert_num_queries(5):
            board_columns(admin, opportunity, ListRequest(), board)
