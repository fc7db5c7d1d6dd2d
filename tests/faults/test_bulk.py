"""Killing the worker while it changes more records than a request can wait for."""

from __future__ import annotations

from typing import Any

from tests.faults.company import RECOVERY_SECONDS, Company, customers_file
from tests.installation import kill, wait_until

ROWS = 10_200
MINE = {"field": "name", "op": "startswith", "value": "Bulk"}


def wait_for(company: Company, task_id: str, *statuses: str) -> dict[str, Any]:
    state: dict[str, Any] = wait_until(
        lambda: (state := company.ask(f"bulk/{task_id}"))["status"] in statuses and state,
        seconds=RECOVERY_SECONDS,
        what=f"work being {statuses}",
    )
    return state


def test_bulk_change_is_whole_when_the_worker_is_killed_and_is_taken_back(company: Company) -> None:
    text = "\n".join(line for line in customers_file(ROWS, prefix="Bulk").splitlines() if "not an" not in line)
    company.wait_for_end(company.begin_import(text))
    rows = company.count("customers", name__startswith="Bulk")

    task = company.ask("customers/bulk", {"match": MINE, "set": {"level": "c"}})
    wait_until(lambda: company.ask(f"bulk/{task['id']}")["position"] > 0, what="the first changed records")
    kill(company.installation.worker())
    done = wait_for(company, task["id"], "done", "failed")

    assert (done["status"], done["position"], done["updated"], done["rejected"]) == ("done", rows, rows, 0)
    assert company.count("customers", name__startswith="Bulk", version="2", level="c") == rows

    undoing = company.ask(f"undo/{done['batch']}", {})
    undone = wait_for(company, undoing["id"], "undone", "failed")

    assert (undone["status"], undone["undone"], undone["conflicts"]) == ("undone", rows, 0)
    assert company.count("customers", name__startswith="Bulk", level="c") == 0
