"""Instalments, payments, what they pay, and what is open."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.billing.choices import (
    BankState,
    DueEvent,
    Method,
    PaymentKind,
    PaymentState,
    PlanStatus,
)
from banyan.billing.models.columns import LIVE, MOST_DAYS, by, money
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.orders.public import Order


class PaymentPlan(Record):
    """An instalment of an order (回款计划): how much is expected when. ``paid_amount`` and ``status`` are derived."""

    order = by(Order, _("Order"))
    customer = by(Customer, _("Customer"), editable=False)
    position = models.PositiveIntegerField(_("Instalment"), default=0, editable=False)
    name = models.CharField(_("Instalment name"), max_length=120, blank=True)
    event = models.CharField(
        pgettext_lazy("payment", "Due"), max_length=10, choices=DueEvent.choices, default=DueEvent.DATE
    )
    days_after = models.PositiveIntegerField(_("Days after"), default=0, validators=[MaxValueValidator(MOST_DAYS)])
    due_on = models.DateField(_("Due date"), null=True, blank=True)
    amount = money(_("Planned amount"))
    currency = models.CharField(_("Currency"), max_length=3, blank=True, editable=False)
    method = models.CharField(_("Payment method"), max_length=12, choices=Method.choices, blank=True)
    remind_days = models.PositiveIntegerField(
        _("Remind days before"), default=3, validators=[MaxValueValidator(MOST_DAYS)]
    )
    promised_on = models.DateField(_("Promised payment date"), null=True, blank=True)
    is_void = models.BooleanField(_("Void"), default=False)
    has_no_reminders = models.BooleanField(_("No reminders"), default=False)
    paid_amount = money(_("Paid"), default=0, editable=False)
    status = models.CharField(
        pgettext_lazy("instalment", "Status"), max_length=10, choices=PlanStatus.choices,
        default=PlanStatus.WAITING, editable=False,
    )  # fmt: skip
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["due_on"]
        indexes: ClassVar = [
            *record_indexes("payment_plan"),
            models.Index(fields=["organization", "order", "position"], name="payment_plan_order"),
            models.Index(fields=["organization", "customer", "due_on"], name="payment_plan_customer"),
            models.Index(fields=["organization", "due_on", "id"], name="payment_plan_due", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class Payment(Record):
    """Money that came in from a customer, or went back (回款记录、退款); what is not allocated is a prepayment.

    ``wanted`` is what it is to pay once it is confirmed: ``[{order, plan, amount, order_amount}]``.
    """

    kind = models.CharField(
        pgettext_lazy("payment", "Kind"), max_length=10, choices=PaymentKind.choices, default=PaymentKind.RECEIPT,
        editable=False,
    )  # fmt: skip
    state = models.CharField(
        pgettext_lazy("payment", "State"), max_length=10, choices=PaymentState.choices,
        default=PaymentState.CONFIRMED, editable=False,
    )  # fmt: skip
    customer = by(Customer, _("Customer"))
    paid_on = models.DateField(_("Payment date"), null=True, blank=True)
    amount = money(pgettext_lazy("payment", "Amount"))
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    method = models.CharField(_("Payment method"), max_length=12, choices=Method.choices, default=Method.TRANSFER)
    account = models.CharField(_("Own account"), max_length=120, blank=True)
    payer_name = models.CharField(_("Payer"), max_length=200, blank=True)
    reference = models.CharField(_("Bank reference"), max_length=120, blank=True)
    wanted: models.JSONField[Any, Any] = models.JSONField(default=list, editable=False)
    refund_of = by("self", _("Refund of"), null=True, blank=True, editable=False)
    unallocated = money(_("Unallocated"), default=0, editable=False)
    reversed_on = models.DateField(_("Reversed on"), null=True, editable=False)
    reason = models.CharField(_("Reason"), max_length=500, blank=True, editable=False)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-paid_on"]
        indexes: ClassVar = [
            *record_indexes("payment"),
            models.Index(fields=["organization", "customer", "-paid_on"], name="payment_customer"),
            models.Index(fields=["organization", "-paid_on", "-id"], name="payment_paid", condition=LIVE),
            models.Index(
                fields=["organization", "customer"], name="payment_unallocated",
                condition=LIVE & models.Q(unallocated__gt=0),
            ),
            models.Index(fields=["organization", "refund_of"], name="payment_refund"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class Allocation(OrganizationOwned):
    """How much of a payment pays which order; negative where a refund takes it back.

    ``amount`` is in the payment's currency, ``order_amount`` in the order's, ``rate`` what one unit was worth.
    ``difference`` is gained (or lost) by a change of rates between order and payment, in the organization's currency.
    What was taken back stays as a trace: ``reversed_at``.
    """

    payment = by(Payment, _("Payment"))
    order = by(Order, _("Order"))
    plan = by(PaymentPlan, _("Instalment"), null=True, blank=True)
    amount = money(_("Amount"))
    order_amount = money(_("Amount of the order"))
    rate = models.DecimalField(max_digits=20, decimal_places=10, default=1)
    difference = money(_("Exchange difference"), default=0)
    made_at = models.DateTimeField(default=now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["made_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "order"], name="allocation_order"),
            models.Index(fields=["organization", "payment"], name="allocation_payment"),
            models.Index(fields=["organization", "plan"], name="allocation_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.order_id}: {self.order_amount}"


class OpenOrder(OrganizationOwned):
    """What of an order is still to be paid, derived; there is a row only while there is something.

    With it goes what ageing asks of the order, so that it reads no orders: whose it is, who owns it, since when the
    usual days to pay run (``begun``), and whether it may have instalments. An empty currency is the organization's own.
    """

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="+", verbose_name=_("Order"), db_index=False
    )
    amount = money(_("Outstanding"))
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    currency = models.CharField(max_length=3, blank=True)
    begun = models.DateField()
    has_instalments = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "order"], name="open_order_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="open_order_amount"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "customer"], name="open_order_customer"),
            models.Index(fields=["organization", "owner"], name="open_order_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount}"


class OrderEvent(OrganizationOwned):
    """That something happened to an order which makes instalments due, such as its delivery, and on which day."""

    order = by(Order, _("Order"))
    event = models.CharField(max_length=10, choices=DueEvent.choices)
    happened_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "order", "event"], name="order_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.happened_on}"


class BankLine(OrganizationOwned):
    """A line of a bank statement that was pasted or loaded, until it is recorded as a receipt or set aside."""

    state = models.CharField(max_length=10, choices=BankState.choices, default=BankState.NEW)
    booked_on = models.DateField(_("Day"))
    amount = money(_("Amount"))
    currency = models.CharField(max_length=3)
    payer_name = models.CharField(_("Payer"), max_length=200, blank=True)
    reference = models.CharField(_("Bank reference"), max_length=120, blank=True)
    text = models.CharField(pgettext_lazy("bank", "Purpose"), max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64)
    payment = by(Payment, _("Payment"), null=True, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-booked_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="bank_line_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "state", "-booked_on"], name="bank_line_state"),
            models.Index(fields=["organization", "payment"], name="bank_line_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.payer_name}"
