"""Connects types and layouts with specifications and the one door."""

from __future__ import annotations

from banyan.core.layouts.policies import POLICIES
from banyan.core.layouts.resolution import SHAPING, load_shapings
from banyan.core.objects.registry import shapings
from banyan.core.records.policies import register_policy


def register() -> None:
    """Let shaped specifications carry types and layouts, and let every write be judged by them."""
    shapings.add(SHAPING, load_shapings)
    for policy in POLICIES:
        register_policy(policy)
