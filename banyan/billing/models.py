"""Instalments, payments and what they pay, invoices, subscriptions, and what an organization decides about them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.billing.choices import (
    BankState,
    CreditMode,
    DueEvent,
    HeaderKind,
    InvoiceForm,
    InvoiceKind,
    InvoiceState,
    Method,
    Movement,
    PaymentKind,
    PaymentState,
    Period,
    PlanStatus,
    Stage,
    SubscriptionState,
)
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.orders.public import Order, OrderLine
from banyan.products.public import Product

LIVE = models.Q(deleted_at__isnull=True)
MOST_DAYS = 3_650


def money(label: Any, **options: Any) -> models.DecimalField[Any, Any]:
    """Return the column of an amount."""
    return models.DecimalField(label, max_digits=18, decimal_places=2, **options)


def by(model: Any, label: Any, **options: Any) -> models.ForeignKey[Any, Any]:
    """Return the column of a link that is kept from dangling; its index begins with the organization, as all do."""
    options = {"db_index": False, **options}
    return models.ForeignKey(model, on_delete=models.PROTECT, related_name="+", verbose_name=label, **options)


class PaymentPlan(Record):
    """An instalment of an order (回款计划): how much is expected when. ``paid_amount`` and ``status`` are derived."""

    order = by(Order, _("Order"))
    customer = by(Customer, _("Customer"), editable=False)
    position = models.PositiveIntegerField(_("Instalment"), default=0, editable=False)
    name = models.CharField(_("Instalment name"), max_length=120, blank=True)
    event = models.CharField(_("Due"), max_length=10, choices=DueEvent.choices, default=DueEvent.DATE)
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


class BuyerHeader(OrganizationOwned):
    """What invoices for a customer say about the buyer (开票抬头); a customer may have several, one is the default."""

    customer = by(Customer, _("Customer"))
    kind = models.CharField(_("Made out to"), max_length=10, choices=HeaderKind.choices, default=HeaderKind.COMPANY)
    title = models.CharField(_("Invoice title"), max_length=200)
    tax_number = models.CharField(_("Tax number"), max_length=30, blank=True)
    bank = models.CharField(_("Bank"), max_length=120, blank=True)
    bank_account = models.CharField(_("Bank account"), max_length=60, blank=True)
    address = models.CharField(_("Address"), max_length=300, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    email = models.EmailField(_("E-mail for invoices"), max_length=254, blank=True)
    is_default = models.BooleanField(_("Default"), default=False)

    class Meta:
        ordering: ClassVar = ["-is_default", "title"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "customer"], condition=models.Q(is_default=True), name="buyer_header_default"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "customer"], name="buyer_header_customer")]

    def __str__(self) -> str:
        return self.title


class Invoice(Record):
    """An invoice from its request to its delivery, or a credit note (红字发票) that points to the invoice it takes back.

    The buyer's data are those of the day of the request. ``official_number`` is given when it is issued: by the tax
    office, or without gaps by a series.
    """

    state = models.CharField(
        pgettext_lazy("invoice", "State"), max_length=10, choices=InvoiceState.choices,
        default=InvoiceState.REQUESTED, editable=False,
    )  # fmt: skip
    kind = models.CharField(_("Kind of invoice"), max_length=20, choices=InvoiceKind.choices, default=InvoiceKind.PLAIN)
    form = models.CharField(_("Made of"), max_length=10, choices=InvoiceForm.choices, default=InvoiceForm.ELECTRONIC)
    customer = by(Customer, _("Customer"))
    order = by(Order, _("Order"), null=True, blank=True)
    credits = by("self", _("Takes back"), null=True, blank=True)
    is_return = models.BooleanField(_("Because of a return"), default=False)
    red_form_number = models.CharField(_("Confirmation of the red-letter invoice"), max_length=60, blank=True)
    amount = money(_("Amount with tax"), default=0, editable=False)
    net_amount = money(_("Amount without tax"), default=0, editable=False)
    tax_amount = money(_("Tax"), default=0, editable=False)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    header_kind = models.CharField(
        _("Made out to"), max_length=10, choices=HeaderKind.choices, default=HeaderKind.COMPANY
    )
    title = models.CharField(_("Invoice title"), max_length=200, blank=True)
    tax_number = models.CharField(_("Tax number"), max_length=30, blank=True)
    bank = models.CharField(_("Bank"), max_length=120, blank=True)
    bank_account = models.CharField(_("Bank account"), max_length=60, blank=True)
    address = models.CharField(_("Address"), max_length=300, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    requested_on = models.DateField(_("Requested on"), null=True, blank=True)
    issued_on = models.DateField(_("Issued on"), null=True, editable=False)
    official_code = models.CharField(_("Invoice code"), max_length=12, blank=True, editable=False)
    official_number = models.CharField(_("Invoice number"), max_length=40, blank=True, editable=False)
    reason = models.CharField(_("Reason"), max_length=500, blank=True, editable=False)
    email = models.EmailField(_("E-mail for invoices"), max_length=254, blank=True)
    express_company = models.CharField(_("Carrier"), max_length=60, blank=True)
    express_number = models.CharField(_("Tracking number"), max_length=60, blank=True)
    delivered_on = models.DateField(_("Handed over on"), null=True, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-requested_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "official_code", "official_number"],
                condition=~models.Q(official_number=""),
                name="invoice_official_number",
            ),
        ]
        indexes: ClassVar = [
            *record_indexes("invoice"),
            models.Index(fields=["organization", "customer", "-requested_on"], name="invoice_customer"),
            models.Index(fields=["organization", "order"], name="invoice_order"),
            models.Index(fields=["organization", "credits"], name="invoice_credits"),
            models.Index(fields=["organization", "state", "-requested_on"], name="invoice_state", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.official_number or self.number


class InvoiceLine(Record):
    """A line of an invoice; its amounts follow from the line of the order, or of the invoice that it takes back."""

    invoice = by(Invoice, _("Invoice"))
    order_line = by(OrderLine, _("Order line"), null=True, blank=True)
    credited_line = by("self", _("Line taken back"), null=True, blank=True)
    product = by(Product, _("Product"), null=True, blank=True)
    name = models.CharField(_("Description"), max_length=200, blank=True)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=14, decimal_places=3, null=True, blank=True)
    unit_price = money(_("Unit price"), null=True, blank=True)
    tax_rate = models.DecimalField(_("Tax rate in %"), max_digits=5, decimal_places=2, default=0)
    amount = money(_("Amount with tax"), null=True, blank=True)
    net_amount = money(_("Amount without tax"), default=0, editable=False)
    tax_amount = money(_("Tax"), default=0, editable=False)
    position = models.PositiveIntegerField(_("Position"), default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            *record_indexes("invoice_line"),
            models.Index(fields=["organization", "invoice", "position"], name="invoice_line_invoice"),
            models.Index(fields=["organization", "order_line"], name="invoice_line_order_line"),
            models.Index(fields=["organization", "credited_line"], name="invoice_line_credited"),
        ]

    def __str__(self) -> str:
        return self.name


class InvoiceSeries(OrganizationOwned):
    """Own numbers of plain invoices, without gaps in each year; ``pattern`` has ``{year}`` and ``{number}``."""

    name = models.CharField(_("Series"), max_length=60)
    pattern = models.CharField(_("Numbers"), max_length=40, default="INV-{year}-{number:06d}")
    for_credits = models.BooleanField(_("For credit notes"), default=False)
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering: ClassVar = ["for_credits", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="invoice_series_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PlanTemplate(OrganizationOwned):
    """A usual way to pay: instalments as ``[{name, percent, event, days_after}]`` that make 100 %."""

    name = models.CharField(_("Payment terms"), max_length=80)
    rows: models.JSONField[Any, Any] = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="plan_template_name"),
        ]

    def __str__(self) -> str:
        return self.name


class BillingSettings(OrganizationOwned):
    """What an organization decides about payment: terms, reminders, credit limits by level; one row each."""

    term_days = models.PositiveIntegerField(_("Days to pay without a plan"), default=30)
    needs_confirmation = models.BooleanField(_("Receipts are confirmed before they count"), default=False)
    credit_mode = models.CharField(
        _("Beyond the credit limit"), max_length=5, choices=CreditMode.choices, default=CreditMode.OFF
    )
    level_limits: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    reminds_owner = models.BooleanField(_("Remind the owner"), default=True)
    reminds_customer = models.BooleanField(_("Remind the customer by e-mail"), default=False)
    first_days = models.PositiveIntegerField(_("First reminder after days"), default=7)
    second_days = models.PositiveIntegerField(_("Second reminder after days"), default=15)
    third_days = models.PositiveIntegerField(_("Third reminder after days"), default=30)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="billing_settings_one")]

    def __str__(self) -> str:
        return str(self.organization_id)


class CustomerTerms(OrganizationOwned):
    """What holds for one customer: credit limit, days to pay, where reminders go."""

    customer = by(Customer, _("Customer"))
    credit_limit = money(_("Credit limit"), null=True, blank=True)
    credit_mode = models.CharField(
        _("Beyond the credit limit"), max_length=5, choices=CreditMode.choices, blank=True, default=""
    )
    term_days = models.PositiveIntegerField(_("Days to pay without a plan"), null=True, blank=True)
    email = models.EmailField(_("E-mail for reminders"), max_length=254, blank=True)
    has_no_reminders = models.BooleanField(_("No reminders"), default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "customer"], name="customer_terms_one"),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class CreditRelease(OrganizationOwned):
    """That somebody with the right let an order pass beyond the credit limit, and why."""

    order = by(Order, _("Order"))
    reason = models.CharField(_("Reason"), max_length=500)
    limit = money(_("Credit limit"), null=True)
    exposure = money(_("Outstanding"))
    at = models.DateTimeField(default=now)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "order"], name="credit_release_order")]

    def __str__(self) -> str:
        return self.reason


class Reminder(OrganizationOwned):
    """A reminder about an instalment, at most one of each stage: to whom it went and what it said."""

    plan = by(PaymentPlan, _("Instalment"))
    stage = models.CharField(_("Stage"), max_length=8, choices=Stage.choices)
    at = models.DateTimeField(default=now)
    told_owner = models.BooleanField(default=False)
    recipient = models.CharField(_("E-mail"), max_length=254, blank=True)
    language = models.CharField(max_length=10, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "plan", "stage"], name="reminder_once"),
        ]

    def __str__(self) -> str:
        return self.subject


class BankLine(OrganizationOwned):
    """A line of a bank statement that was pasted or loaded, until it is recorded as a receipt or set aside."""

    state = models.CharField(max_length=10, choices=BankState.choices, default=BankState.NEW)
    booked_on = models.DateField(_("Day"))
    amount = money(_("Amount"))
    currency = models.CharField(max_length=3)
    payer_name = models.CharField(_("Payer"), max_length=200, blank=True)
    reference = models.CharField(_("Bank reference"), max_length=120, blank=True)
    text = models.CharField(_("Purpose"), max_length=500, blank=True)
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
