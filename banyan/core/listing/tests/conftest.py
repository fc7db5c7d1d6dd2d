"""Customers to list, and people who see more or less of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import FieldAccess
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import forget, spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.door import create
from banyan.money.public import NewRate, enter_rates
from tests.cast import Cast


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Let labels be the same whatever catalogues are there."""
    with override("en"):
        yield


@pytest.fixture
def customer(scope: Cast) -> ObjectSpec:
    """Customers as the organization of the cast uses them."""
    return spec_for(scope.organization, "customer")


@pytest.fixture
def contact(scope: Cast) -> ObjectSpec:
    """Contacts, which are seen by whoever sees their customer."""
    return spec_for(scope.organization, "contact")


@pytest.fixture
def owner(scope: Cast) -> Actor:
    """A member, who sees everything."""
    return scope.actor("owner")


@pytest.fixture
def salesperson(scope: Cast) -> Actor:
    """Somebody who sees what is theirs."""
    return scope.actor("salesperson")


@pytest.fixture
def add(customer: ObjectSpec) -> Callable[..., Any]:
    """Create a customer as somebody and return its id."""

    def added(actor: Actor, name: str, **values: Any) -> Any:
        return create(actor, customer, {"name": name, **values}).pk

    return added


@pytest.fixture
def names(customer: ObjectSpec) -> Callable[..., list[str]]:
    """Return the names that a list shows, in its order; ``tree`` is a filter in JSON."""

    def listed(actor: Actor, tree: Any = None, **request: Any) -> list[str]:
        asked = ListRequest(filter=parse_tree(tree), columns=("name",), **request)
        return [row["name"] for row in list_rows(actor, customer, asked).rows]

    return listed


@pytest.fixture
def restricted(owner: Actor) -> Callable[..., Actor]:
    """Return the member with other rights on single fields of customers."""

    def with_grants(**levels: FieldAccess) -> Actor:
        return replace(owner, field_grants={f"customer.{name}": level for name, level in levels.items()})

    return with_grants


@pytest.fixture
def custom_customer(scope: Cast, admin: Actor) -> ObjectSpec:
    """Customers with a custom field of each sort that is stored in its own way."""
    kinds = {
        "seats": "integer", "budget": "decimal", "renews_on": "date", "seen_at": "datetime", "vip": "boolean",
        "region": "text", "badges": "tags", "buddy": "person",
    }  # fmt: skip
    for position, (name, kind) in enumerate(kinds.items()):
        CustomField.objects.create(
            organization=scope.organization, object_name="customer", name=name, kind=kind, position=position
        )
    forget(admin.organization)
    return spec_for(admin.organization, "customer")


@pytest.fixture
def euro(admin: Actor) -> None:
    """A rate for euros, without which no amount may be in them."""
    enter_rates(admin, [NewRate("EUR", date(2020, 1, 1), Decimal(8))])
