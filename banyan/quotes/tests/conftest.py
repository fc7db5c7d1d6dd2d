"""An organization of the standard edition with a customer, a product and a quote of three lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from banyan.core.access.actor import Actor
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.portal.public import PortalLink, Recipient
from banyan.products.public import write_document
from banyan.quotes.models import Quote
from banyan.quotes.services.steps import send_quote
from tests.cast import Cast

NAME = "Harbor Light Trading"


@dataclass
class Company:
    """The organization and what it deals in."""

    cast: Cast
    customer: Any
    product: Any

    def scope(self):
        return organization_scope(self.cast.organization.pk)

    def actor(self, name: str = "owner") -> Actor:
        return self.cast.actor(name)

    def write(self, *lines: dict[str, Any], **values: Any) -> Quote:
        """Write a quote; call it within the scope."""
        made = write_document(self.actor(), "quote", {"customer": self.customer.pk, **values}, lines or LINES)
        return Quote.objects.get(pk=made.pk)

    def sent(self, *lines: dict[str, Any], **values: Any) -> tuple[Quote, PortalLink]:
        """Write a quote and send it; call it within the scope."""
        quote = self.write(*lines, **values)
        link = send_quote(self.actor(), quote.pk, Recipient("Wang Li", "wang@customer.example", "en"))
        return Quote.objects.get(pk=quote.pk), link


LINES = (
    {"name": "Lamp", "quantity": "2", "unit_price": "100.00", "tax_rate": "13", "unit": "pcs"},
    {"name": "Installation", "quantity": "1", "unit_price": "50.00", "tax_rate": "13"},
    {"name": "Warranty", "quantity": "1", "unit_price": "30.00", "is_optional": True, "counts": False},
)
ALTERNATIVES = (
    {"name": "Pole", "quantity": "1", "unit_price": "10.00"},
    {"name": "Steel", "quantity": "1", "unit_price": "100.00", "alternative": "A", "counts": True},
    {"name": "Wood", "quantity": "1", "unit_price": "80.00", "alternative": "A", "counts": False},
)
TOTAL = Decimal("250.00")


@pytest.fixture
def company(cast: Cast) -> Company:
    cast.organization.edition = "standard"
    cast.organization.save(update_fields=["edition"])
    with organization_scope(cast.organization.pk):
        owner = cast.actor("owner")
        customer = door.create(owner, spec_for(owner.organization, "customer"), {"name": NAME})
        product = door.create(
            cast.actor("admin"),
            spec_for(owner.organization, "product"),
            {"name": "Lamp 9", "price": "100.00", "unit": "pcs"},
        )
        return Company(cast, customer, product)
