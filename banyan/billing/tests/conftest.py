"""Customers and orders to be paid and invoiced."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.billing.models import Invoice, Payment
from banyan.billing.services.invoicing import approve_invoice, issue_invoice, request_invoice
from banyan.billing.services.payments import record_payment
from banyan.core.access.actor import Actor
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.customers.public import Customer
from banyan.orders.public import Order, place_order
from tests.cast import Cast

DAY = date(2026, 3, 2)


class Desk:
    """What somebody in sales and accounts does all day, in few words."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.customer = self.new_customer("Harbor Light Trading")

    def new_customer(self, name: str, **values: Any) -> Customer:
        made = door.create(self.actor, spec_for(self.actor.organization, "customer"), {"name": name, **values})
        return Customer.objects.get(pk=made.pk)

    def order(self, amount: Any = None, lines: Sequence[Mapping[str, Any]] = (), **values: Any) -> Order:
        given = {"customer": str(self.customer.pk), "ordered_on": DAY.isoformat(), "status": "confirmed", **values}
        if amount is not None:
            given["amount"] = str(amount)
        made = place_order(self.actor, given, list(lines))
        return Order.objects.get(pk=made.pk)

    def receipt(self, amount: Any, *targets: Any, **values: Any) -> Payment:
        given = {
            "customer": str(self.customer.pk), "amount": str(amount), "paid_on": DAY.isoformat(), **values,
        }  # fmt: skip
        return record_payment(self.actor, given, targets)

    def issued(self, order: Order, lines: Any = None, **values: Any) -> Invoice:
        made = request_invoice(self.actor, {"order": order.pk, "kind": "plain", **values}, lines)
        return self.issue(made.pk)

    def issue(self, pk: uuid.UUID, **values: Any) -> Invoice:
        approve_invoice(self.actor, pk)
        return issue_invoice(self.actor, pk, **values)


@pytest.fixture
def desk(scope: Cast) -> Desk:
    Organization.objects.filter(pk=scope.organization.pk).update(edition="standard")
    return Desk(scope.actor("admin"))


def money(text: str) -> Decimal:
    return Decimal(text)
