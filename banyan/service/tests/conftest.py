"""An organization that answers tickets, with a customer and a way to write tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import override

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.models import Contact, Customer
from banyan.service.models import Ticket
from tests.cast import Cast


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are compared as they stand in the code."""
    with override("en"):
        yield


@pytest.fixture
def customer(scope: Cast) -> Customer:
    """A customer."""
    made = door.create(scope.actor("admin"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})
    assert isinstance(made, Customer)
    return made


@pytest.fixture
def contact(scope: Cast, customer: Customer) -> Contact:
    """Somebody of the customer."""
    values = {"name": "Lena Light", "customer": customer.pk, "email": "lena@harbor.test"}
    made = door.create(scope.actor("admin"), spec_for(scope.organization, "contact"), values)
    assert isinstance(made, Contact)
    return made


Write = Callable[..., Ticket]


@pytest.fixture
def write(scope: Cast, customer: Customer) -> Write:
    """Write tickets of the customer."""

    def write_ticket(**values: Any) -> Ticket:
        given = {"name": "The press leaks oil", "customer": customer.pk, **values}
        made = door.create(scope.actor("owner"), spec_for(scope.organization, "ticket"), given)
        assert isinstance(made, Ticket)
        return made

    return write_ticket
