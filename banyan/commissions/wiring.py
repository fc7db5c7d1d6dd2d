"""What the commissions app registers and subscribes to."""

from __future__ import annotations


def register() -> None:
    """Register module, objects and subscriptions."""
