"""Invoices with their lines, numbers and buyers' data."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.billing.choices import (
    HeaderKind,
    InvoiceForm,
    InvoiceKind,
    InvoiceState,
)
from banyan.billing.models.columns import LIVE, by, money
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.orders.public import Order, OrderLine
from banyan.products.public import Product


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
