"""What the rooms of the contracts app hand to each other: writes that are steps, and an instalment as others see it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.records.drafts import WriteContext

MODULE = "contracts"
CONTRACT, AMENDMENT = "contract", "contract_amendment"


@dataclass
class StepContext(WriteContext):
    """A write that takes a contract or an amendment a step further: ``derived`` are values that people cannot set."""

    derived: Mapping[str, Any] = field(default_factory=dict)


def step(actor: Actor, **derived: Any) -> StepContext:
    """Return the context of a step that sets these values."""
    context = StepContext.for_actor(actor)
    if not isinstance(context, StepContext):
        raise TypeError
    context.derived = derived
    return context


@dataclass(frozen=True)
class Instalment:
    """One payment of a contract: how much, and either on which day or how many days after which event.

    ``share`` is the percentage it was agreed as, if it was.
    """

    id: uuid.UUID
    position: int
    name: str
    amount: Decimal
    currency: str
    due_on: date | None
    event: str
    days: int
    share: Decimal | None = None
