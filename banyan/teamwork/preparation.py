"""What the teamwork app derives while tasks pass the one door for writes."""

from __future__ import annotations

from collections.abc import Sequence

from banyan.core.kernel.clock import now
from banyan.core.objects.kinds import split_reference
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import customer_of
from banyan.teamwork.choices import TaskStatus


def prepare_tasks(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Note when a task is done, remind again when the reminder moves, and find the customer it is about."""
    for draft in drafts:
        if draft.changes("status"):
            draft.set("done_at", now() if draft.get("status") == TaskStatus.DONE else None)
        if draft.changes("remind_at"):
            draft.columns["reminded_at"] = None
        pointed = split_reference(draft.get("about"))
        if pointed and draft.get("customer") is None:
            draft.set("customer", customer_of(*pointed))
