"""What the teamwork app derives while tasks pass the one door for writes, and what it refuses."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.clock import now
from banyan.core.objects.kinds import split_reference
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import customers_behind
from banyan.teamwork.choices import TaskStatus
from banyan.teamwork.models import Task
from banyan.teamwork.rules import leads_back, with_helpers

#: The code of the refusal to complete a task before the one that it waits for; people may override it.
WAITS = "task_waits"
LONGEST_CHAIN = 50


def prepare_tasks(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Note when a task is done, remind again when the reminder moves, and find the customer it is about.

    Refuses tasks that are part of themselves or wait for themselves, and, until somebody confirms it, to
    complete a task before the one that it waits for.
    """
    _inherit(drafts)
    # What is only being put back had no customer for a reason, such as a lead that is no customer any more.
    asking = [draft for draft in drafts if draft.get("customer") is None and (draft.is_new or not context.exempt)]
    pointed = {draft: split_reference(draft.get("about")) for draft in asking}
    customers = customers_behind([reference for reference in pointed.values() if reference])
    for draft in drafts:
        if draft.changes("status"):
            draft.set("done_at", now() if draft.get("status") == TaskStatus.DONE else None)
        if draft.changes("remind_at"):
            draft.columns["reminded_at"] = None
        if draft.changes("helpers"):
            draft.set(
                "shared_with",
                with_helpers(draft.get("shared_with") or [], draft.before("helpers") or [], draft.get("helpers") or []),
            )
        reference = pointed.get(draft)
        if reference:
            draft.set("customer", customers.get(reference))
    for name in ("parent", "waits_for"):
        _refuse_circles(drafts, name)
    if not context.exempt and WAITS not in context.confirmed:
        _refuse_too_early(drafts)


def _inherit(drafts: Sequence[Draft]) -> None:
    """Let a new part of a task be about what the whole is about, unless it says otherwise."""
    parts = [draft for draft in drafts if draft.is_new and draft.get("parent")]
    parts = [draft for draft in parts if not draft.get("customer") and not draft.get("about")]
    if not parts:
        return
    wholes = {task.pk: task for task in Task.objects.filter(pk__in={draft.get("parent") for draft in parts})}
    for draft in parts:
        whole = wholes.get(draft.get("parent"))
        if whole is not None:
            draft.set("customer", whole.customer_id)
            draft.set("about", whole.about)


def _refuse_circles(drafts: Sequence[Draft], name: str) -> None:
    linked = [draft for draft in drafts if draft.changes(name) and draft.get(name)]
    following: dict[uuid.UUID, Any] = {draft.record_id: draft.get(name) for draft in linked}
    for _step in range(LONGEST_CHAIN):
        unknown = {target for target in following.values() if target is not None and target not in following}
        if not unknown:
            break
        following |= dict.fromkeys(unknown)
        following |= dict(Task.objects.filter(pk__in=unknown).values_list("pk", f"{name}_id"))
    for draft in linked:
        if leads_back(draft.record_id, following):
            message = (
                _("A task cannot be a part of itself or of its own parts.")
                if name == "parent"
                else _("These tasks would wait for each other.")
            )
            draft.refuse(name, "circle", message)


def _refuse_too_early(drafts: Sequence[Draft]) -> None:
    done = [draft for draft in drafts if draft.changes("status") and draft.get("status") == TaskStatus.DONE]
    awaited = {draft.get("waits_for") for draft in done} - {None} - {draft.record_id for draft in done}
    if not awaited:
        return
    rows = Task.objects.filter(pk__in=awaited, status=TaskStatus.OPEN, deleted_at__isnull=True)
    still_open = dict(rows.values_list("pk", "name"))
    for draft in done:
        if draft.get("waits_for") in still_open:
            message = _("This task waits for “%(name)s”, which is still open.")
            draft.refuse("status", WAITS, message % {"name": still_open[draft.get("waits_for")]})
