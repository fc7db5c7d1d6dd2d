from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.teamwork.models import Notification, Task
from tests.cast import Cast

Make = Callable[..., Task]
Told = Callable[[str], list[str]]


@pytest.fixture
def make(scope: Cast) -> Make:
    """Return a function that creates a task as a person of the cast, the administrator unless said otherwise."""

    def create(name: str = "Call", *, by: str = "admin", **values: Any) -> Task:
        given = {key: str(value.pk) if isinstance(value, Task) else value for key, value in values.items()}
        made = door.create(scope.actor(by), spec_for(scope.organization, "task"), {"name": name, **given})
        assert isinstance(made, Task)
        return made

    return create


@pytest.fixture
def told(scope: Cast) -> Told:
    """Return a function that lists what a person was told, oldest first."""

    def texts(name: str) -> list[str]:
        rows = Notification.objects.filter(user=scope.users[name]).order_by("pk")
        return list(rows.values_list("text", flat=True))

    return texts


@pytest.fixture(autouse=True)
def english_readers(scope: Cast) -> None:
    """Everybody reads English, whatever the organization's language is."""
    for user in scope.users.values():
        user.language = "en"
        user.save(update_fields=["language"])
