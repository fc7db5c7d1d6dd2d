"""What the teamwork app derives while tasks pass the one door for writes."""

from __future__ import annotations

from collections.abc import Sequence

from banyan.core.kernel.clock import now
from banyan.core.objects.kinds import split_reference
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import customers_behind
from banyan.teamwork.choices import TaskStatus


def prepare_tasks(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Note when a task is done, remind again when the reminder moves, and find the customer it is about."""
    pointed = {draft: split_reference(draft.get("about")) for draft in drafts if draft.get("customer") is None}
    customers = customers_behind([reference for reference in pointed.values() if reference])
    for draft in drafts:
        if draft.changes("status"):
            draft.set("done_at", now() if draft.get("status") == TaskStatus.DONE else None)
        if draft.changes("remind_at"):
            draft.columns["reminded_at"] = None
        reference = pointed.get(draft)
        if reference:
            draft.set("customer", customers.get(reference))
