"""What the room of business rules registers."""

from __future__ import annotations

from banyan.core.business_rules import validation
from banyan.core.objects.registry import shapings
from banyan.core.records.policies import Phase, WritePolicy, register_policy


def register() -> None:
    """Let rules be read with the objects, and look at every write."""
    shapings.add(validation.SHAPING, validation.load)
    register_policy(
        WritePolicy("business_rules.validation", Phase.JUDGE, validation.applies, run=validation.judge)
    )
