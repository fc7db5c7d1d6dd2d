"""Orders and their lines."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.objects.models import record_indexes
from banyan.customers.public import Contact, Customer
from banyan.orders.choices import OrderStatus
from banyan.products.public import DocumentAmounts, DocumentLine
from banyan.sales.public import Opportunity

LIVE = models.Q(deleted_at__isnull=True)


class Order(DocumentAmounts):
    """What a customer ordered; ``amount`` is the sum of its lines, or entered when there are none."""

    name = models.CharField(_("Order"), max_length=200, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Customer"))
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Opportunity")
    )
    status = models.CharField(_("Status"), max_length=10, choices=OrderStatus.choices, default=OrderStatus.CONFIRMED)
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
            models.Index(fields=["organization", "-ordered_on", "-id"], name="order_ordered", condition=LIVE),
            models.Index(fields=["organization", "opportunity"], name="order_opportunity"),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class OrderLine(DocumentLine):
    """One product, or any text, of an order with quantity and price."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", verbose_name=_("Order"))

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            *record_indexes("order_line"),
            models.Index(fields=["organization", "order", "position"], name="order_line_order"),
            models.Index(fields=["organization", "product"], name="order_line_product"),
        ]
