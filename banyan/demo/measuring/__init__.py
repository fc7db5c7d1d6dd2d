"""Measures the product against raw SQL for the same rows, in the same run, as the same role."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from banyan.demo.large import load_large
from banyan.demo.measuring.answers import Answers
from banyan.demo.measuring.automation import measure_rules
from banyan.demo.measuring.figures import Figure
from banyan.demo.measuring.forecasts import roll_forecasts_up
from banyan.demo.measuring.installations import start_and_memory
from banyan.demo.measuring.judging import judge_by_rules
from banyan.demo.measuring.papers import draw_quotes
from banyan.demo.measuring.rollups import CHILDREN, keep_rollups
from banyan.demo.measuring.supplying import reserve_for_orders
from banyan.demo.measuring.transfers import export_all, import_rows

__all__ = ["Figure", "measure"]

CUSTOMERS_PER_USER = 500
LEAST_USERS, MOST_USERS = 30, 2_000


def measure(*, customers: int, progress: Callable[[str], None]) -> list[Figure]:
    """Return the figures of the large demo organization, which is made first if it is not there."""
    users = min(MOST_USERS, max(LEAST_USERS, customers // CUSTOMERS_PER_USER))
    made = load_large(customers=customers, users=users, progress=progress)
    found = []
    for figure in chain(
        Answers(made.organization).figures(),
        keep_rollups(made.organization, children=max(CHILDREN, customers)),
        roll_forecasts_up(made.organization),
        judge_by_rules(made.organization),
        measure_rules(made.organization),
        reserve_for_orders(made.organization),
        draw_quotes(made.organization),
        import_rows(),
        export_all(made.organization),
        start_and_memory(),
    ):
        progress(str(figure))
        found.append(figure)
    return found
