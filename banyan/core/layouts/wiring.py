"""Connects types and layouts with specifications, the one door and the configuration file."""

from __future__ import annotations

from banyan.core.layouts.configuration import LAYOUTS_PART, TYPES_PART
from banyan.core.layouts.models import Layout, RecordType
from banyan.core.layouts.policies import POLICIES
from banyan.core.layouts.resolution import SHAPING, load_shapings
from banyan.core.objects.configuration_parts import register_part
from banyan.core.objects.registry import shapings
from banyan.core.objects.shaping import Shaping
from banyan.core.records.policies import register_policy


def register() -> None:
    """Let shaped specifications carry types and layouts, every write be judged by them, and the file tell of them."""
    shapings.add(SHAPING, Shaping(load_shapings, (RecordType, Layout)))
    for policy in POLICIES:
        register_policy(policy)
    register_part(TYPES_PART)
    register_part(LAYOUTS_PART)
