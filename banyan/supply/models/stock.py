"""Warehouses and what lies in them: ledger, balances, levels, lots and pieces."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.orders.public import Order
from banyan.products.public import Product
from banyan.supply.choices import (
    MoveKind,
    Tracking,
)
from banyan.supply.models.columns import quantity_column


class Warehouse(Record):
    """A place of the company where goods lie; the one with the smallest position comes first."""

    name = models.CharField(_("Warehouse"), max_length=120)
    code = models.CharField(pgettext_lazy("warehouse", "Code"), max_length=20, blank=True)
    address = models.CharField(_("Address"), max_length=300, blank=True)
    position = models.PositiveIntegerField(_("Position"), default=0)
    is_active = models.BooleanField(pgettext_lazy("warehouse", "In use"), default=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        indexes: ClassVar = [*record_indexes("warehouse")]

    def __str__(self) -> str:
        return self.name


class Place(OrganizationOwned):
    """A bin of a warehouse; what lies in one that is ``is_held`` (quarantine) is promised to nobody."""

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(pgettext_lazy("place", "Place"), max_length=40)
    is_held = models.BooleanField(_("Held back"), default=False)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "warehouse", "code"], name="supply_place_unique"),
        ]

    def __str__(self) -> str:
        return self.code


class StockedProduct(OrganizationOwned):
    """That stock is kept of a product, and how; its row is the lock of that stock."""

    product = models.OneToOneField(Product, on_delete=models.PROTECT, related_name="+")
    is_stocked = models.BooleanField(default=True)
    tracking = models.CharField(max_length=10, choices=Tracking.choices, default=Tracking.NONE)
    warranty_months = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["product"]

    def __str__(self) -> str:
        return str(self.product_id)


class StockLevel(OrganizationOwned):
    """How much of a product a warehouse has: on hand, held back (not part of it), and reserved of what is on hand."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    on_hand = quantity_column()
    held = quantity_column()
    reserved = quantity_column()
    minimum = quantity_column(_("Minimum stock"))
    target = quantity_column(_("Fill up to"))

    class Meta:
        ordering: ClassVar = ["product", "warehouse"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "product", "warehouse"], name="supply_level_unique"),
            # Whatever the code does wrong: nothing is sold twice, and nothing is there less than not at all.
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, held__gte=0, reserved__gte=0, reserved__lte=F("on_hand")),
                name="supply_level_covered",
            ),
            models.CheckConstraint(condition=Q(minimum__gte=0, target__gte=0), name="supply_level_minimum"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.warehouse_id}: {self.on_hand}"


class Balance(OrganizationOwned):
    """How much of a product lies at a place, by lot and serial number: always the sum of its moves."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=60, blank=True, default="")
    serial = models.CharField(max_length=60, blank=True, default="")
    on_hand = quantity_column()

    class Meta:
        ordering: ClassVar = ["product", "place", "lot", "serial"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "product", "place", "lot", "serial"], name="supply_balance_unique"
            ),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="supply_balance_there"),
            models.CheckConstraint(condition=Q(serial="") | Q(on_hand__lte=1), name="supply_balance_one_piece"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.lot}{self.serial}: {self.on_hand}"


class StockMove(OrganizationOwned):
    """One line of the ledger: written once, never changed. Without a place goods came from outside, or went there.

    ``document`` is the record that it belongs to, as ``<object>:<id>``, ``line_id`` the line of it.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = quantity_column()
    from_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    to_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    lot = models.CharField(max_length=60, blank=True, default="")
    serial = models.CharField(max_length=60, blank=True, default="")
    kind = models.CharField(max_length=12, choices=MoveKind.choices)
    document = models.CharField(max_length=80, blank=True, default="")
    line_id = models.UUIDField(null=True)
    note = models.CharField(max_length=200, blank=True, default="")
    moved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "product", "-id"], name="supply_move_product"),
            models.Index(fields=["organization", "document"], name="supply_move_document"),
            models.Index(fields=["organization", "-id"], name="supply_move_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="supply_move_quantity"),
            models.CheckConstraint(
                condition=Q(from_place__isnull=False) | Q(to_place__isnull=False), name="supply_move_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class Lot(OrganizationOwned):
    """What is known of a lot of a product beside how much there is of it."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "product", "code"], name="supply_lot_unique"),
        ]

    def __str__(self) -> str:
        return self.code


class SerialNumber(OrganizationOwned):
    """One piece of a product: where it lies, or to whom it was delivered and until when it has warranty."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    lot = models.CharField(max_length=60, blank=True, default="")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")
    delivered_on = models.DateField(null=True)
    warranty_until = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "product", "code"], name="supply_serial_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "code"], name="supply_serial_code")]

    def __str__(self) -> str:
        return self.code
