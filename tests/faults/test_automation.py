"""Killing the worker again and again while rules are run: each event has its effects exactly once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.faults.company import RECOVERY_SECONDS, Company, customers_file
from tests.installation import kill, wait_until

ROWS = 2_000
KILLS = 2
#: A busy machine needs longer; whoever waits for a killed worker waits for its heartbeat first.
PATIENCE_SECONDS = 2 * RECOVERY_SECONDS
MINE = {
    "all": [
        {"field": "name", "op": "startswith", "value": "Onceonly"},
        {"field": "status", "op": "ne", "value": "active"},
    ]
}
UNDER_WAY = ("ready", "waiting")


def runs(company: Company, rule: str, state: str) -> int:
    """Return how many of the newest runs of a rule are in a state, at most 200."""
    return len(company.ask(f"automation-runs?rule={rule}&state={state}&limit=200")["items"])


def tasks_by_customer(company: Company) -> Counter[str]:
    found: Counter[str] = Counter()
    cursor = ""
    while True:
        page: dict[str, Any] = company.ask(f"tasks?name__contains=Onceonly&fields=customer&limit=1000{cursor}")
        found.update(
            str(item["customer"]["id"] if isinstance(item["customer"], dict) else item["customer"])
            for item in page["items"]
        )
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"


def told(company: Company, rule: str, made: Counter[str]) -> dict[str, Any]:
    """Return the tasks and runs of customers who have more than one task, which say how that came about."""
    return {
        customer: (
            company.ask(f"tasks?customer={customer}&fields=number,name,created_at")["items"],
            company.ask(f"automation-runs?rule={rule}&record={customer}")["items"],
        )
        for customer, count in made.items()
        if count > 1
    }


def test_each_event_has_its_effects_exactly_once_when_workers_are_killed(company: Company) -> None:
    company.browser().post("/automation/recipes/welcome", take="1")
    (rule,) = [entry for entry in company.ask("automation-rules")["items"] if entry["state"] == "on"]
    company.wait_for_end(company.begin_import(customers_file(ROWS, prefix="Onceonly")))
    customers = company.count("customers", name__startswith="Onceonly")

    company.ask("customers/bulk", {"match": MINE, "set": {"status": "active"}})
    killed = 0
    for _kill in range(KILLS):
        before = company.count("tasks", name__contains="Onceonly")
        wait_until(
            lambda seen=before: company.count("tasks", name__contains="Onceonly") > seen,
            seconds=PATIENCE_SECONDS, what="the effects of some more runs",
        )  # fmt: skip
        worker = company.installation.worker()
        if worker is not None and company.count("tasks", name__contains="Onceonly") < customers:
            kill(worker)
            killed += 1
        if company.count("tasks", name__contains="Onceonly") >= customers:
            break
    assert killed, "All was done before a worker could be killed."

    wait_until(
        lambda: company.count("tasks", name__contains="Onceonly") >= customers
        and not any(runs(company, rule["id"], state) for state in UNDER_WAY),
        seconds=PATIENCE_SECONDS, what="the end of all runs",
    )  # fmt: skip
    made = tasks_by_customer(company)
    assert (len(made), told(company, rule["id"], made)) == (customers, {})
    company.ask(f"automation-rules/{rule['id']}/disable", {})
