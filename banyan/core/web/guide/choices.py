"""How an organization can get its first data; apps that have a way register it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry


@dataclass(frozen=True)
class GuideChoice:
    """A way to the first data.

    ``start`` does what is needed, in the transaction of the request, and returns the path to go to.
    """

    name: str
    label: Any
    text: Any
    icon: str
    start: Callable[[Actor], str]
    position: int = 100
    may: Callable[[Actor], bool] = lambda actor: True


guide_choices: Registry[GuideChoice] = Registry("guide choices")


def choices_for(actor: Actor) -> list[GuideChoice]:
    """Return the ways open to somebody, in order."""
    return sorted((choice for choice in guide_choices if choice.may(actor)), key=lambda choice: choice.position)
