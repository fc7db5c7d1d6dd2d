"""Products, and what every document with priced lines has in common."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.objects.models import Record, record_indexes

LIVE = models.Q(deleted_at__isnull=True)


class Product(Record):
    """Something that is sold."""

    name = models.CharField(_("Product"), max_length=200)
    code = models.CharField(_("Product code"), max_length=60, blank=True)
    category = models.CharField(_("Category"), max_length=100, blank=True)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    price = models.DecimalField(_("Price"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    is_active = models.BooleanField(_("On sale"), default=True)
    notes = models.TextField(_("Description"), blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            *record_indexes("product"),
            models.Index(fields=["organization", "name", "id"], name="product_name", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name


class DocumentAmounts(Record):
    """Base of a document with priced lines (a quote, an order, an invoice).

    ``amount`` is what is payable, tax included: the sum of the lines, or entered when there are none.
    ``net_amount`` and ``tax_amount`` follow from the lines and are empty without any. ``prices_include_tax`` says
    how the prices on the lines are meant.
    """

    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    prices_include_tax = models.BooleanField(_("Prices include tax"), default=True)
    net_amount = models.DecimalField(
        _("Amount before tax"), max_digits=18, decimal_places=2, null=True, blank=True, editable=False
    )
    tax_amount = models.DecimalField(_("Tax"), max_digits=18, decimal_places=2, null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class DocumentLine(Record):
    """Base of one line of a document: a product, or any text, with quantity and price.

    ``amount`` is the line as priced, ``net_amount`` and ``tax_amount`` what of it is net and tax; see
    ``banyan.money.rules.line_amounts``. A concrete line adds the link to its document.
    """

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Product")
    )
    name = models.CharField(_("Description"), max_length=200, blank=True)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=14, decimal_places=3, default=1)
    unit_price = models.DecimalField(_("Unit price"), max_digits=18, decimal_places=2, null=True, blank=True)
    discount_percent = models.DecimalField(_("Discount in %"), max_digits=5, decimal_places=2, default=0)
    tax_rate = models.DecimalField(_("Tax rate in %"), max_digits=5, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2, default=0, editable=False)
    net_amount = models.DecimalField(_("Amount before tax"), max_digits=18, decimal_places=2, default=0, editable=False)
    tax_amount = models.DecimalField(_("Tax"), max_digits=18, decimal_places=2, default=0, editable=False)
    position = models.PositiveIntegerField(_("Position"), default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
