"""What the rooms of the service app hand to each other: writes that are steps of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.records.drafts import WriteContext


@dataclass
class StepContext(WriteContext):
    """A write that takes a ticket a step further: ``derived`` are values that people cannot set.

    ``at`` is when it happens, for what is written down later; None is now.
    """

    derived: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def step(actor: Actor, *, at: datetime | None = None, **derived: Any) -> StepContext:
    """Return the context of a step that sets these values."""
    context = StepContext.for_actor(actor)
    if not isinstance(context, StepContext):
        raise TypeError
    context.derived, context.at = derived, at
    return context
