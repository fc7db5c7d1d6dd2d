from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.orders.public import confirm, place_order
from banyan.supply.engine.allocation import reconcile_orders
from banyan.supply.tests.conftest import Company

#: What reserving costs, whatever the number of lines: read lines, lock products, read again, read levels and warehouses,
#: write needs, write reservations with levels, read and write promises, write the promised day of the lines.
MOST_QUERIES = 12


def statements(company: Company, number: int) -> tuple[int, int]:
    """Return how many statements confirming an order takes, and how many of them reserve its goods."""
    products = [company.stocked(f"Part {number} {position}") for position in range(number)]
    for product in products:
        company.bring("5", product)
    lines = [{"product": product.pk, "quantity": "2"} for product in products]
    values: dict[str, Any] = {"customer": company.customer.pk, "status": "draft"}
    order = place_order(company.admin, values, lines)
    actor = company.admin
    with CaptureQueriesContext(connection) as all_of_it:
        confirm(actor, order.pk)
    mine = [query for query in all_of_it.captured_queries if "supply_" in query["sql"]]
    assert all(company.level(product) == ("5", "2") for product in products)
    return len(all_of_it), len(mine)


def test_confirming_takes_as_many_statements_for_twenty_lines_as_for_two(company: Company) -> None:
    # What the process remembers of the organization is read once.
    statements(company, 1)
    few, many = statements(company, 2), statements(company, 20)

    assert few == many
    assert many[1] <= MOST_QUERIES


def test_an_order_that_is_in_line_costs_one_question(company: Company) -> None:
    company.bring("5")
    order = company.order("2")

    with CaptureQueriesContext(connection) as asked:
        reconcile_orders(company.cast.organization, [order.pk])

    assert len(asked) == 1
