"""Subscriptions, the orders of their periods, and recurring revenue."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.billing.choices import (
    Movement,
    Period,
    SubscriptionState,
)
from banyan.billing.models.columns import LIVE, MOST_DAYS, by, money
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.orders.public import Order
from banyan.products.public import Product


class Subscription(Record):
    """Something that a customer pays for period after period; an order is made for each (see ``Renewal``)."""

    name = models.CharField(pgettext_lazy("subscription", "Subscription"), max_length=200, blank=True)
    customer = by(Customer, _("Customer"))
    contact = by(Contact, _("Contact"), null=True, blank=True)
    product = by(Product, _("Product"), null=True, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=14, decimal_places=3, default=1)
    unit_price = money(_("Unit price"), null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    period = models.CharField(_("Charged every"), max_length=8, choices=Period.choices, default=Period.MONTH)
    starts_on = models.DateField(_("Starts on"), null=True, blank=True)
    ends_on = models.DateField(_("Ends on"), null=True, blank=True)
    is_renewed = models.BooleanField(_("Renews itself"), default=True)
    notice_days = models.PositiveIntegerField(
        _("Days of notice to cancel"), default=30, validators=[MaxValueValidator(MOST_DAYS)]
    )
    state = models.CharField(
        pgettext_lazy("subscription", "State"), max_length=10, choices=SubscriptionState.choices,
        default=SubscriptionState.ACTIVE, editable=False,
    )  # fmt: skip
    next_on = models.DateField(_("Next charge"), null=True, editable=False)
    monthly_amount = money(_("Monthly revenue"), default=0, editable=False)
    credit = money(_("Credit for the next charge"), default=0, editable=False)
    cancelled_on = models.DateField(_("Cancelled on"), null=True, editable=False)
    #: The renewal, or the end, of which the owner has been reminded.
    reminded_of = models.DateField(null=True, editable=False)
    reason = models.CharField(_("Reason"), max_length=500, blank=True, editable=False)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["next_on"]
        indexes: ClassVar = [
            *record_indexes("subscription"),
            models.Index(fields=["organization", "customer", "-starts_on"], name="subscription_customer"),
            models.Index(fields=["organization", "state", "next_on"], name="subscription_next", condition=LIVE),
            models.Index(fields=["organization", "product"], name="subscription_product"),
            models.Index(fields=["organization", "contact"], name="subscription_contact"),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class Renewal(OrganizationOwned):
    """The order of one period of a subscription; the database allows one for each period."""

    subscription = by(Subscription, _("Subscription"))
    starts_on = models.DateField()
    ends_on = models.DateField()
    amount = money(_("Amount"))
    order = by(Order, _("Order"), null=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-starts_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "subscription", "starts_on"], name="renewal_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "order"], name="renewal_order")]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class RevenueMovement(OrganizationOwned):
    """A change of a subscription's monthly revenue on a day; all of them together are the recurring revenue."""

    subscription = by(Subscription, _("Subscription"))
    on = models.DateField()
    kind = models.CharField(max_length=12, choices=Movement.choices)
    before = money(_("Before"))
    after = money(_("After"))
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["on", "at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "on"], name="revenue_movement_on"),
            models.Index(fields=["organization", "subscription", "on"], name="revenue_movement_of"),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.before} → {self.after}"
