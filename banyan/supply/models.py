"""Warehouses, stock, what orders hold of it, deliveries and purchases.

The row of ``StockedProduct`` is the lock of everything about a product's stock: whoever changes levels, balances, needs
or reservations holds it, taken in order of the products (``engine.locking``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.orders.public import Order, OrderLine
from banyan.products.public import DocumentAmounts, DocumentLine, Product
from banyan.supply.choices import (
    CountStatus,
    DeliveryStatus,
    MoveKind,
    PromiseBasis,
    PurchaseStatus,
    RequestStatus,
    Tracking,
)

LIVE = Q(deleted_at__isnull=True)


def quantity_column(label: Any = None, **options: Any) -> models.DecimalField[Any, Any]:
    """Return a column for a quantity: three places, never a float."""
    return models.DecimalField(label, max_digits=14, decimal_places=3, **{"default": Decimal(0), **options})


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


class PurchaseOrder(DocumentAmounts):
    """What was ordered from a supplier; with ``order`` it goes straight to that order's customer (drop shipment)."""

    supplier = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Supplier"))
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


class StockCount(OrganizationOwned):
    """A count of what really lies in a warehouse (盘点)."""

    number = models.CharField(max_length=40)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=CountStatus.choices, default=CountStatus.OPEN)
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    begun_at = models.DateTimeField(default=now)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-begun_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "-begun_at"], name="supply_count_newest")]

    def __str__(self) -> str:
        return self.number


class StockCountLine(OrganizationOwned):
    """What was counted at one spot, beside what should have lain there at that moment."""

    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=60, blank=True, default="")
    serial = models.CharField(max_length=60, blank=True, default="")
    expected = quantity_column()
    counted = quantity_column(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "count", "product", "place", "lot", "serial"], name="supply_count_line_unique"
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(counted__gte=0), name="supply_count_line_there"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.counted}"
