"""What a product costs a customer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from banyan.products.models import Product


@dataclass(frozen=True)
class PriceQuestion:
    """One product, for whom, when, how many, in which currency; None and empty where nobody knows."""

    product_id: uuid.UUID
    quantity: Decimal = Decimal(1)
    customer_id: uuid.UUID | None = None
    currency: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Price:
    """What a line takes over from a product; ``unit_price`` is None where the product has no price.

    ``source`` says in words where the price comes from, when it is not the product's own.
    """

    name: str
    unit: str
    unit_price: Decimal | None
    tax_rate: Decimal | None = None
    source: Any = ""


def prices_of(questions: Sequence[PriceQuestion]) -> list[Price | None]:
    """Return the answer to each question; None for a product that does not exist. One query for all."""
    products = Product.objects.in_bulk({question.product_id for question in questions}) if questions else {}
    return [_own_price(products.get(question.product_id)) for question in questions]


def _own_price(product: Product | None) -> Price | None:
    return None if product is None else Price(product.name, product.unit, product.price)
