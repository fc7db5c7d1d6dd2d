"""Callers of the interface: people of the cast with their tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from banyan.core.api import limits
from tests.cast import Cast, api_client

ROOT = "/api/v1"


class Caller:
    """Somebody who sends JSON to the interface and reads JSON back."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        extra = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.generic(method, f"{ROOT}/{path}", headers=named, **extra)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)

    def create(self, plural: str, **values: Any) -> dict[str, Any]:
        """Create a record that must be acceptable and return it."""
        response = self.post(plural, values)
        assert response.status_code == 201, response.content
        return response.json()


@pytest.fixture
def call(cast: Cast) -> Callable[[str], Caller]:
    """Return a function that gives the caller for a person of the cast."""
    return lambda name: Caller(api_client(cast, name))


@pytest.fixture
def olga(call: Callable[[str], Caller]) -> Caller:
    """A member who sees and edits everything and deletes what is hers."""
    return call("owner")


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests call as often as they like; those about limits set one."""
    monkeypatch.setattr(limits, "limiter", limits.RateLimiter(0))
