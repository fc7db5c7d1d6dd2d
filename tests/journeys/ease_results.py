"""Whether the twelve tasks have done what they were for: looked up through the interface, not on the screen."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from banyan.core.kernel.clock import today
from tests.installation import Installation
from tests.journeys import ease
from tests.journeys.people import TIME_ZONE

Rows = list[dict[str, Any]]
#: What is asked of each row: the field and its value.
Wanted = dict[str, Any]


def reader(installation: Installation, token: str) -> Callable[..., Rows]:
    """Return a function that gets the records of an object that fit filters."""

    def read(plural: str, **filters: str) -> Rows:
        query = urllib.parse.urlencode({"limit": "100", **filters})
        request = urllib.request.Request(  # noqa: S310 loopback
            f"{installation.url}/api/v1/{plural}?{query}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 loopback
            items: Rows = json.load(answer)["items"]
        return items

    return read


def mistakes(installation: Installation, *, calls: int, deals: int) -> list[str]:
    """Return what is not as the tasks should have left it; ``calls`` and ``deals`` are how many were recorded."""
    read = reader(installation, installation.token(ease.BEN))
    (customer,) = read("customers", name=ease.CUSTOMER)
    anna = read("tasks", name=ease.TASK)[0]["assignee"]
    week = _in_a_week()
    fair = read("opportunities", name__startswith="Fair lead")
    stages = {row["stage"] for row in fair}
    checks: list[tuple[str, Rows, int, Wanted]] = [
        ("1", read("customers", name=ease.COMPANY), 1, {"phone": ease.COMPANY_PHONE}),
        ("2", read("contacts", name=ease.CONTACT), 1,
         {"mobile": ease.CONTACT_PHONE, "email": ease.CONTACT_EMAIL, "customer": customer["id"]}),
        ("4 and 12", read("activities", customer=customer["id"]), calls,
         {"type": "call", "text": ease.CALL, "next_on": week}),
        ("4 and 12", [customer], 1, {"next_follow_up_on": week}),
        ("5", read("opportunities", name=ease.DEAL), deals,
         {"customer": customer["id"], "amount": "24000.00", "expected_close_on": week}),
        ("7", read("tasks", name=ease.TASK), 1, {"due_on": week}),
        ("9", read("contacts", name__startswith="Fair Visitor"), 20, {"customer": customer["id"]}),
        ("10", fair, 20, {"owner": anna}),
    ]  # fmt: skip
    found = [
        f"task {task}: {len(rows)} instead of {count} records" for task, rows, count, _ in checks if len(rows) != count
    ]
    found += [
        f"task {task}: {name} is {row[name]!r} instead of {value!r}"
        for task, rows, _, wanted in checks
        for row in rows
        for name, value in wanted.items()
        if row[name] != value
    ]
    if anna == customer["owner"]:
        found.append("task 7: the task is Ben's own")
    if len(stages) != 2:
        found.append("task 6: no card has moved")
    return found


def _in_a_week() -> str:
    return (today(TIME_ZONE) + timedelta(days=7)).isoformat()
