"""Writes that are steps of the supply chain: they set what people cannot."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.records.drafts import WriteContext, reading_for


@dataclass
class StepContext(WriteContext):
    """A write that is a step of the supply chain: ``derived`` are values that only such a step sets, by record."""

    derived: Mapping[uuid.UUID, Mapping[str, Any]] = field(default_factory=dict)


def step(actor: Actor, derived: Mapping[uuid.UUID, Mapping[str, Any]]) -> StepContext:
    """Return the context of a step that sets values which people cannot."""
    return StepContext(actor, actor.channel, reading=reading_for(actor), derived=derived)
