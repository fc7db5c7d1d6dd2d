"""Counting what people do, for the rules about alerts.

Reading must not become writing: what is read is added up in the memory of the process and written down a few seconds
later, together with the next request of the organization. What is rare is written down at once.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from dataclasses import fields
from datetime import datetime

from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.audit.rules import Counts
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id

COUNTED = tuple(entry.name for entry in fields(Counts))
WRITTEN_EACH_SECONDS = 15.0

_Key = tuple[uuid.UUID, datetime]


class _Waiting:
    """The counts of one organization that are not written down yet."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.numbers: dict[_Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTED, 0))


_waiting: dict[uuid.UUID, _Waiting] = {}
_lock = threading.Lock()


def count(actor: Actor, *, at_once: bool = False, **numbers: int) -> None:
    """Add to what a person did in this hour: ``views``, ``rows``, ``exports``, ``exported_rows``, ``refusals``.

    Runs within the organization's scope; the system is not counted.
    """
    person = actor.person
    if person is None or not any(numbers.values()):
        return
    with _lock:
        waiting = _waiting.setdefault(actor.organization_id, _Waiting())
        known = waiting.numbers[person.pk, hour_of(now())]
        for name, number in numbers.items():
            known[name] += number
        is_due = at_once or time.monotonic() - waiting.since >= WRITTEN_EACH_SECONDS
    if is_due:
        write_counts(actor.organization_id)


def write_counts(organization_id: uuid.UUID) -> None:
    """Write down what this process has counted of the current organization."""
    with _lock:
        waiting = _waiting.pop(organization_id, None)
    if waiting is None:
        return
    names = ", ".join(COUNTED)
    sums = ", ".join(f"{name} = audit_activity.{name} + excluded.{name}" for name in COUNTED)
    places = ", ".join(["%s"] * (4 + len(COUNTED)))
    statement = (
        f"INSERT INTO audit_activity (id, organization_id, user_id, hour, {names}) VALUES ({places})"  # noqa: S608 names of ours
        f" ON CONFLICT (organization_id, user_id, hour) DO UPDATE SET {sums}"
    )
    with connection.cursor() as cursor:
        # In one order, so that two processes never wait for each other.
        for (user_id, hour), numbers in sorted(waiting.numbers.items(), key=lambda pair: (str(pair[0][0]), pair[0][1])):
            cursor.execute(statement, [new_id(), organization_id, user_id, hour, *(numbers[name] for name in COUNTED)])


def hour_of(instant: datetime) -> datetime:
    """Return the beginning of an instant's hour."""
    return instant.replace(minute=0, second=0, microsecond=0)
