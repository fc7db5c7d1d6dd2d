"""A company whose prices go beyond one per product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.objects.models import Record
from banyan.core.objects.registry import forget, spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

Maker = Callable[..., Any]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals are read in English."""
    with override("en"):
        yield


@pytest.fixture
def company(cast: Cast) -> Cast:
    """The cast with the Standard edition and currencies on top of it."""
    with organization_scope(cast.organization.pk):
        Organization.objects.filter(pk=cast.organization.pk).update(edition="standard", modules_on=["currencies"])
        cast.organization.refresh_from_db()
        forget(cast.organization)
    return cast


@pytest.fixture
def manager(company: Cast, scope: Cast) -> Actor:
    """The administrator of that company, with its scope open."""
    return company.actor("admin")


@pytest.fixture
def make(manager: Actor) -> Maker:
    """Create a record of an object with some values."""

    def create(name: str, /, **values: Any) -> Record:
        return door.create(manager, spec_for(manager.organization, name), values)

    return create
