"""Rows that no person may take out in a list, whatever their rights: for rooms above, such as the duties about personal data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import any_of
from banyan.core.kernel.registry import Registry
from banyan.core.objects.spec import ObjectSpec


@dataclass(frozen=True)
class Withholding:
    """A reason to leave rows out of exports: ``rows`` returns which they are, or None when there are none.

    ``reason`` says to people why.
    """

    name: str
    rows: Callable[[Actor, ObjectSpec], Q | None]
    reason: Any


withholdings: Registry[Withholding] = Registry("reasons to leave rows out of exports")


def withheld(actor: Actor, spec: ObjectSpec) -> Q | None:
    """Return which rows of an object an export leaves out; None when there are none. The system leaves nothing out."""
    if actor.is_system:
        return None
    return any_of(entry.rows(actor, spec) for entry in withholdings)
