"""Processes as an administrator makes them, for the tests of this room and its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from banyan.core.access.actor import Actor
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.processes.models import Process
from banyan.core.processes.rules import usual_moves
from banyan.core.processes.services import NewProcess, change_draft, create_process, draft_of, publish
from banyan.core.processes.tests.making import change_stages, settle_now
from banyan.core.records import door

PHASES = ("Draft", "Review", "Legal", "Signed", "Dropped")


@pytest.fixture
def phases(admin: Actor) -> None:
    """A field of tasks with the phases of a contract."""
    labels = {"en": "Phase", "zh": "阶段"}
    create_custom_field(admin, "task", FieldDraft("choice", labels, name="phase", options=PHASES))
    create_custom_field(admin, "task", FieldDraft("text", {"en": "Lawyer"}, name="lawyer"))
    create_custom_field(admin, "task", FieldDraft("integer", {"en": "Pages"}, name="pages"))


@pytest.fixture
def draft(admin: Actor, phases: None) -> Process:
    """The process of contracts as a draft: four stages in a row, and one for what is dropped."""
    row = create_process(admin, NewProcess("task", "phase", {"en": "Contracts", "zh": "合同"}))
    first = draft_of(row)
    ends = {"Signed": {"outcome": "done"}, "Dropped": {"outcome": "cancelled"}}
    change_draft(admin, row, usual_moves(change_stages(first, ends)))
    return row


@pytest.fixture
def process(admin: Actor, draft: Process) -> Callable[..., Process]:
    """Put the process of contracts into force, with attributes of stages and of the definition as a test wants them."""

    def make(changes: dict[str, dict[str, Any]] | None = None, **attributes: Any) -> Process:
        change_draft(admin, draft, replace(change_stages(draft_of(draft), changes or {}), **attributes))
        publish(admin, draft)
        settle_now(admin, draft)
        return draft

    return make


@pytest.fixture
def task(admin: Actor) -> Callable[..., Any]:
    """Make a task."""

    def make(actor: Actor | None = None, **values: Any) -> Any:
        who = actor or admin
        return door.create(who, spec_for(who.organization, "task"), {"name": "Contract", **values})

    return make
