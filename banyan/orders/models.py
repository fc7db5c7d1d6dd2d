"""Orders and their lines."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.contracts.public import Contract
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.orders.choices import ChangeStatus, OrderStatus, Resolution, ReturnStatus
from banyan.products.public import DocumentAmounts, DocumentLine
from banyan.sales.public import Opportunity

LIVE = models.Q(deleted_at__isnull=True)


class Order(DocumentAmounts):
    """What a customer ordered; ``amount`` is the sum of its lines, or entered when there are none.

    ``revision`` counts the changes after it was confirmed.
    """

    name = models.CharField(_("Order"), max_length=200, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Customer"))
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Opportunity")
    )
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("Contract"),
    )  # fmt: skip
    status = models.CharField(_("Status"), max_length=20, choices=OrderStatus.choices, default=OrderStatus.CONFIRMED)
    cancel_reason = models.CharField(_("Reason of the cancellation"), max_length=500, blank=True)
    revision = models.PositiveIntegerField(_("Revision"), default=0, editable=False)
    ordered_on = models.DateField(_("Order date"), null=True, blank=True)
    deliver_on = models.DateField(_("Deliver by"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=100, blank=True)
    notes = models.TextField(_("Notes"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )

    class Meta:
        ordering: ClassVar = ["-ordered_on"]
        indexes: ClassVar = [
            *record_indexes("order"),
            models.Index(fields=["organization", "customer", "-ordered_on"], name="order_customer"),
            # With all that targets ask of the orders of some days, so that their sums read no orders.
            models.Index(
                fields=["organization", "-ordered_on", "-id"],
                name="order_days",
                condition=LIVE,
                include=["owner", "status", "currency", "amount"],
            ),
            models.Index(fields=["organization", "opportunity"], name="order_opportunity"),
            models.Index(
                fields=["organization", "contract"], name="order_contract", condition=models.Q(contract__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class OrderLine(DocumentLine):
    """One product, or any text, of an order with quantity and price."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", verbose_name=_("Order"))
    promised_on = models.DateField(_("Promised for"), null=True, blank=True)
    delivered_quantity = models.DecimalField(_("Delivered"), max_digits=14, decimal_places=3, default=0, editable=False)
    returned_quantity = models.DecimalField(_("Returned"), max_digits=14, decimal_places=3, default=0, editable=False)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            *record_indexes("order_line"),
            models.Index(fields=["organization", "order", "position"], name="order_line_order"),
            models.Index(fields=["organization", "product"], name="order_line_product"),
        ]


class OrderChange(Record):
    """What changed about a confirmed order: who, why, the lines before and after, and what that makes of its amount.

    ``old_lines`` and ``new_lines`` are lists of ``{id, name, unit, quantity, unit_price, discount_percent, tax_rate,
    amount}``; ``proposal`` holds the lines as they were given while the change waits for approval.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", verbose_name=_("Order"))
    name = models.CharField(_("Change"), max_length=200, blank=True, editable=False)
    status = models.CharField(
        _("Status"), max_length=10, choices=ChangeStatus.choices, default=ChangeStatus.APPLIED, editable=False
    )
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    revision = models.PositiveIntegerField(_("Revision"), default=0, editable=False)
    currency = models.CharField(_("Currency"), max_length=3, blank=True, editable=False)
    old_amount = models.DecimalField(_("Amount before"), max_digits=18, decimal_places=2, default=0, editable=False)
    new_amount = models.DecimalField(_("New amount"), max_digits=18, decimal_places=2, default=0, editable=False)
    increase = models.DecimalField(_("Increase"), max_digits=18, decimal_places=2, default=0, editable=False)
    old_lines: models.JSONField[Any, Any] = models.JSONField(default=list, editable=False)
    new_lines: models.JSONField[Any, Any] = models.JSONField(default=list, editable=False)
    proposal: models.JSONField[Any, Any] = models.JSONField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            *record_indexes("order_change"),
            models.Index(fields=["organization", "order", "-created_at"], name="order_change_order"),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class OrderReturn(Record):
    """Goods of an order that come back, why, and what the customer gets for them."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", verbose_name=_("Order"))
    name = models.CharField(_("Return"), max_length=200, blank=True)
    status = models.CharField(
        _("Status"), max_length=10, choices=ReturnStatus.choices, default=ReturnStatus.REQUESTED, editable=False
    )
    reason = models.CharField(_("Reason"), max_length=500)
    resolution = models.CharField(
        _("Customer gets"), max_length=12, choices=Resolution.choices, default=Resolution.CREDIT
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("Customer")
    )
    amount = models.DecimalField(_("Worth"), max_digits=18, decimal_places=2, default=0, editable=False)
    currency = models.CharField(_("Currency"), max_length=3, blank=True, editable=False)
    received_on = models.DateField(_("Received on"), null=True, blank=True, editable=False)
    answer = models.CharField(_("Answer"), max_length=500, blank=True, editable=False)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            *record_indexes("order_return"),
            models.Index(fields=["organization", "order"], name="order_return_order"),
            models.Index(fields=["organization", "customer"], name="order_return_customer"),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class ReturnLine(OrganizationOwned):
    """How much of a line of an order comes back, and what that is worth with tax, and before."""

    order_return = models.ForeignKey(OrderReturn, on_delete=models.CASCADE, related_name="+", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveIntegerField(default=0)
    quantity = models.DecimalField(_("Quantity"), max_digits=14, decimal_places=3)
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2, default=0)
    tax_amount = models.DecimalField(_("Tax"), max_digits=18, decimal_places=2, default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "order_return", "position"], name="return_line_return"),
            models.Index(fields=["organization", "order_line"], name="return_line_line"),
        ]

    def __str__(self) -> str:
        return str(self.quantity)


class NotedDelivery(OrganizationOwned):
    """A delivery that somebody noted by hand, where no other module keeps deliveries; ``lines`` are ``{id, name, quantity}``."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    delivered_on = models.DateField(_("Delivered on"))
    note = models.CharField(_("Note"), max_length=200, blank=True)
    lines: models.JSONField[Any, Any] = models.JSONField(default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "order", "-at"], name="noted_delivery_order")]

    def __str__(self) -> str:
        return f"{self.delivered_on}"
