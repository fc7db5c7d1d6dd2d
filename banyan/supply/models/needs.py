"""What orders need, and what is kept for them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned
from banyan.orders.public import Order, OrderLine
from banyan.products.public import Product
from banyan.supply.choices import PromiseBasis
from banyan.supply.models.columns import quantity_column
from banyan.supply.models.stock import Warehouse


class Demand(OrganizationOwned):
    """What a line of a confirmed order needs of a stocked product, what is reserved for it and what has been sent.

    Quantities are in the product's own unit, ``factor`` of them in one of what the line sells: ``sold`` in ``unit``, a
    box of the product, or a bundle of which the product is a part. What is neither waits for goods (backorder): ``promised_on`` says until when, ``basis`` by which reckoning.
    """

    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    sold = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.CharField(max_length=20, blank=True, default="")
    factor = models.DecimalField(max_digits=28, decimal_places=9, default=Decimal(1))
    quantity = quantity_column()
    reserved = quantity_column()
    delivered = quantity_column()
    #: Ordered from a supplier who sends it to the customer.
    direct = quantity_column()
    is_urgent = models.BooleanField(default=False)
    wanted_on = models.DateField(null=True)
    promised_on = models.DateField(null=True)
    basis = models.CharField(max_length=10, choices=PromiseBasis.choices, default=PromiseBasis.NONE)
    asked_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["asked_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "product"],
                name="supply_demand_waiting",
                condition=Q(quantity__gt=F("reserved") + F("delivered") + F("direct")),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "order_line", "product"], name="supply_demand_once"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="supply_demand_factor"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, delivered__gte=0, direct__gte=0)
                & Q(quantity__gte=F("reserved") + F("delivered") + F("direct")),
                name="supply_demand_covered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.quantity}"

    @property
    def waiting(self) -> Decimal:
        """Return what is neither reserved, nor sent, nor on its way from a supplier to the customer."""
        return self.quantity - self.reserved - self.delivered - self.direct


class Reservation(OrganizationOwned):
    """What a warehouse keeps for a line of an order."""

    demand = models.ForeignKey(Demand, on_delete=models.CASCADE, related_name="+")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    quantity = quantity_column()

    class Meta:
        ordering: ClassVar = ["demand", "warehouse"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "demand", "warehouse"], name="supply_reservation_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="supply_reservation_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id}: {self.quantity}"
