"""Customers to list."""

from __future__ import annotations

import pytest

from banyan.core.access.actor import Actor
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from tests.cast import Cast


@pytest.fixture
def customer(scope: Cast) -> ObjectSpec:
    """Customers as the organization of the cast uses them."""
    return spec_for(scope.organization, "customer")


@pytest.fixture
def owner(scope: Cast) -> Actor:
    """A member, who sees everything."""
    return scope.actor("owner")


@pytest.fixture
def salesperson(scope: Cast) -> Actor:
    """Somebody who sees what is theirs."""
    return scope.actor("salesperson")
