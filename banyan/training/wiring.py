"""What the training app registers."""

from __future__ import annotations


def register() -> None:
    """Register pages and entries."""
