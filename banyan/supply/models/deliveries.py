"""Goods that leave: deliveries, what is on them, and who carries them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.orders.public import Order, OrderLine
from banyan.products.public import Product
from banyan.supply.choices import DeliveryStatus
from banyan.supply.models.columns import LIVE, quantity_column
from banyan.supply.models.purchases import PurchaseOrder
from banyan.supply.models.stock import Place, Warehouse


class Delivery(Record):
    """Goods of an order that leave together; with ``purchase_order`` the supplier sends them."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", verbose_name=_("Order"))
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("Customer"),
    )  # fmt: skip
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Warehouse")
    )
    purchase_order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("Sent by the supplier"),
    )  # fmt: skip
    status = models.CharField(
        _("Status"), max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PLANNED, editable=False
    )
    planned_on = models.DateField(_("Planned for"), null=True, blank=True)
    shipped_on = models.DateField(_("Shipped on"), null=True, blank=True, editable=False)
    delivered_on = models.DateField(pgettext_lazy("shipment", "Delivered on"), null=True, blank=True, editable=False)
    received_by = models.CharField(_("Received by"), max_length=120, blank=True, editable=False)
    carrier = models.CharField(_("Carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("Tracking number"), max_length=80, blank=True)
    address = models.CharField(_("Deliver to"), max_length=400, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            *record_indexes("delivery"),
            models.Index(fields=["organization", "order"], name="delivery_order"),
            models.Index(fields=["organization", "customer", "-created_at"], name="delivery_customer"),
            models.Index(fields=["organization", "status", "planned_on"], name="delivery_status", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.number


class DeliveryLine(OrganizationOwned):
    """What a delivery holds of a line of the order."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="+")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    quantity = quantity_column()
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [models.Index(fields=["organization", "delivery"], name="delivery_line_delivery")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(quantity__gt=0), name="delivery_line_quantity")]

    def __str__(self) -> str:
        return self.name


class DeliveryPick(OrganizationOwned):
    """From where, of which lot and with which serial number a line of a delivery is taken."""

    line = models.ForeignKey(DeliveryLine, on_delete=models.CASCADE, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=60, blank=True, default="")
    serial = models.CharField(max_length=60, blank=True, default="")
    quantity = quantity_column()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(quantity__gt=0), name="delivery_pick_quantity")]

    def __str__(self) -> str:
        return f"{self.lot}{self.serial}: {self.quantity}"


class Carrier(OrganizationOwned):
    """Who carries deliveries; ``{number}`` in the address of tracking stands for the tracking number."""

    name = models.CharField(max_length=80)
    tracking_url = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "name"], name="supply_carrier_unique")]

    def __str__(self) -> str:
        return self.name
