"""Records to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.objects.registry import spec_for
from banyan.core.records.door import create
from tests.cast import Cast


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Let labels be the same whatever catalogues are there."""
    with override("en"):
        yield


@pytest.fixture
def salesperson(scope: Cast) -> Actor:
    """Somebody who sees what is theirs."""
    return scope.actor("salesperson")


@pytest.fixture
def add(scope: Cast) -> Callable[..., Any]:
    """Create a record of any object as somebody and return it."""

    def added(actor: Actor, object_name: str, **values: Any) -> Any:
        return create(actor, spec_for(scope.organization, object_name), values)

    return added
