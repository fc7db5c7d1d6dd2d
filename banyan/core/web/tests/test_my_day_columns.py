"""My day is not longer than it has to be: its columns are about even, and what is done takes one line."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client

from banyan.core.kernel.clock import now
from banyan.core.web.tests.pages import make
from tests.cast import Cast

ENTRIES = 6


def blocks_of(page: str, column: str) -> list[str]:
    """Return the names of the blocks in a column, in their order."""
    inside = page.partition(f'<div class="day-{column}">')[2].partition(
        '<div class="day-' if column == "main" else "</main>"
    )[0]
    return re.findall(r'<section class="day-block" id="day-([a-z-]+)"', inside)


def test_long_side_lends_a_block_to_a_short_middle(cast: Cast, browser: Client) -> None:
    make(cast, "customer", *({"name": f"New customer {number}"} for number in range(ENTRIES)))
    make(cast, "ticket", *({"name": f"Leak {number}", "owner": None} for number in range(ENTRIES)))

    page = browser.get("/").text

    assert blocks_of(page, "main")[-1:] == ["tickets-unassigned"]
    assert blocks_of(page, "side") == ["new-customers"]


def test_middle_with_work_stays_as_it_is(cast: Cast, browser: Client) -> None:
    make(cast, "customer", *({"name": f"New customer {number}"} for number in range(ENTRIES)))
    make(cast, "ticket", {"name": "Leak", "owner": None})
    due, owner = (now() + timedelta(days=1)).date(), cast.users["admin"].pk
    make(cast, "task", *({"name": f"Call {number}", "due_on": due, "assignee": owner} for number in range(ENTRIES)))

    page = browser.get("/").text

    assert "tickets-unassigned" not in blocks_of(page, "main")
    assert blocks_of(page, "side") == ["new-customers", "tickets-unassigned"]


def test_steps_that_are_done_take_one_line(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Harbor Light"})

    page = browser.get("/").text

    steps = page.partition('class="day-steps"')[2].partition("</section>")[0]
    done = steps.partition('class="steps-done"')[2]
    assert "Record your first customer" in done
    assert "Record your first customer" not in steps.partition('class="steps-done"')[0]
