"""Suppliers, their conditions, requests and purchase orders."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.orders.public import Order, OrderLine
from banyan.products.public import DocumentAmounts, DocumentLine, Product
from banyan.supply.choices import (
    PurchaseStatus,
    RequestStatus,
)
from banyan.supply.models.columns import LIVE, quantity_column
from banyan.supply.models.stock import Warehouse


class PurchaseOrder(DocumentAmounts):
    """What was ordered from a supplier; with ``order`` it goes straight to that order's customer (drop shipment)."""

    supplier = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=pgettext_lazy("purchasing", "Supplier")
    )
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Warehouse")
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("For the order")
    )
    status = models.CharField(_("Status"), max_length=10, choices=PurchaseStatus.choices, default=PurchaseStatus.DRAFT)
    ordered_on = models.DateField(_("Ordered on"), null=True, blank=True)
    expected_on = models.DateField(_("Expected on"), null=True, blank=True)
    confirmed_on = models.DateField(_("Confirmed for"), null=True, blank=True, editable=False)
    supplier_reference = models.CharField(_("Supplier's number"), max_length=60, blank=True)
    ship_to = models.CharField(_("Deliver to"), max_length=400, blank=True)
    tracking_number = models.CharField(_("Tracking number"), max_length=80, blank=True, editable=False)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            *record_indexes("purchase_order"),
            models.Index(fields=["organization", "supplier", "-created_at"], name="purchase_order_supplier"),
            models.Index(fields=["organization", "status"], name="purchase_order_status", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(DocumentLine):
    """One product of a purchase order, in the unit in which the supplier sells it: ``factor`` own units are in one.

    Goods come in the product's own unit (``pieces_received``); how much of the line that makes is ``received``.
    """

    purchase_order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="+", verbose_name=_("Purchase order")
    )
    article_number = models.CharField(_("Supplier's article number"), max_length=80, blank=True)
    expected_on = models.DateField(_("Expected on"), null=True, blank=True)
    received = quantity_column(pgettext_lazy("goods", "Received"), editable=False)
    factor = models.DecimalField(max_digits=28, decimal_places=9, default=Decimal(1), editable=False)
    pieces_received = quantity_column(editable=False)
    #: The line of the order that goes straight to the customer.
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            *record_indexes("purchase_order_line"),
            models.Index(fields=["organization", "purchase_order", "position"], name="purchase_order_line_order"),
            models.Index(fields=["organization", "product"], name="purchase_order_line_product"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(received__gte=0), name="purchase_line_received"),
            models.CheckConstraint(
                condition=Q(factor__gt=0, pieces_received__gte=0), name="purchase_line_pieces_received"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pieces(self) -> Decimal:
        """Return how much was ordered, in the product's own unit."""
        return self.quantity * self.factor

    @property
    def pieces_left(self) -> Decimal:
        """Return how much has not come yet, in the product's own unit."""
        return max(self.pieces - self.pieces_received, Decimal(0))


class Supplier(OrganizationOwned):
    """A customer record in another role: somebody from whom one buys."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="+")
    lead_days = models.PositiveIntegerField(null=True, blank=True)
    minimum_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    terms = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["customer"]

    def __str__(self) -> str:
        return str(self.customer_id)


class SupplierItem(OrganizationOwned):
    """At which conditions a supplier sells a product; the smallest position is asked first."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    article_number = models.CharField(max_length=80, blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    least = quantity_column()
    multiple = quantity_column()
    lead_days = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "supplier", "product"], name="supply_item_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "product"], name="supply_item_product")]

    def __str__(self) -> str:
        return self.article_number or str(self.product_id)


class PurchaseRequest(OrganizationOwned):
    """That somebody wants something to be bought."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    quantity = quantity_column()
    wanted_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=RequestStatus.choices, default=RequestStatus.OPEN)
    purchase_order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["asked_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "status"], name="purchase_request_status")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_request_quantity")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.quantity}"
