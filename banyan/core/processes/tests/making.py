"""What the tests of processes have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.processes.models import Process
from banyan.core.processes.rules import Definition
from banyan.core.processes.settling import settle


def change_stages(definition: Definition, changes: dict[str, dict[str, Any]]) -> Definition:
    """The definition with some attributes of stages replaced."""
    return replace(
        definition, stages=tuple(replace(stage, **changes.get(stage.key, {})) for stage in definition.stages)
    )


def settle_now(actor: Actor, row: Process, moved: dict[str, str] | None = None) -> dict[str, Any]:
    """Do what the background job does."""
    return settle(actor, row.pk, moved or {}, lambda *_told: None)
