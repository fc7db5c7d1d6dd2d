"""Products, and what every document with priced lines has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.access.models import Territory
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.choices import CustomerLevel
from banyan.customers.public import Customer
from banyan.products.choices import BundleMode, DiscountState, PairingKind

LIVE = models.Q(deleted_at__isnull=True)


class Product(Record):
    """Something that is sold.

    A product with variants is not sold itself: each of them says in ``variant_values`` what tells it apart, such as
    its colour, and takes price, cost and unit of ``variant_of`` where it has none. A bundle consists of other products.
    """

    name = models.CharField(_("Product"), max_length=200)
    code = models.CharField(_("Product code"), max_length=60, blank=True)
    category = models.CharField(_("Category"), max_length=100, blank=True)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    price = models.DecimalField(_("Price"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    is_active = models.BooleanField(_("On sale"), default=True)
    notes = models.TextField(_("Description"), blank=True)
    cost = models.DecimalField(_("Cost price"), max_digits=18, decimal_places=2, null=True, blank=True)
    tax_rate = models.DecimalField(_("Tax rate in %"), max_digits=5, decimal_places=2, null=True, blank=True)
    variant_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Variant of")
    )
    variant_values: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True, editable=False)
    bundle_mode = models.CharField(max_length=5, choices=BundleMode.choices, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            *record_indexes("product"),
            models.Index(fields=["organization", "name", "id"], name="product_name", condition=LIVE),
            models.Index(fields=["organization", "variant_of"], name="product_variant_of"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductUnit(OrganizationOwned):
    """A further unit in which a product is sold: a box of 12 pieces has the ``factor`` 12."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="units", db_index=False)
    name = models.CharField(_("Unit"), max_length=20)
    factor = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        ordering: ClassVar = ["factor", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "product", "name"], name="product_unit_name"),
            models.CheckConstraint(condition=models.Q(factor__gt=0), name="product_unit_factor"),
        ]

    def __str__(self) -> str:
        return self.name


class BundlePart(OrganizationOwned):
    """A product of which so many, in its own unit, are in one bundle."""

    bundle = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="parts", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(_("Quantity"), max_digits=14, decimal_places=3)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "bundle", "product"], name="bundle_part_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="bundle_part_quantity"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "product"], name="bundle_part_product")]

    def __str__(self) -> str:
        return f"{self.quantity}"


class ProductPairing(OrganizationOwned):
    """That a product is only sold together with another, or never together with it."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pairings", db_index=False)
    other = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=PairingKind.choices)

    class Meta:
        ordering: ClassVar = ["kind", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "product", "other"], name="product_pairing_once")
        ]

    def __str__(self) -> str:
        return self.kind


class PriceBook(Record):
    """A list of prices in one currency: for everybody, or only for some customers, and during which days.

    Each condition that is filled must hold. Of several books that fit, the one of greater ``priority`` wins, then the
    one with more conditions.
    """

    name = models.CharField(_("Price book"), max_length=120)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    priority = models.IntegerField(_("Priority"), default=0)
    valid_from = models.DateField(_("Valid from"), null=True, blank=True)
    valid_to = models.DateField(_("Valid to"), null=True, blank=True)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Only for this customer"),
    )
    level = models.CharField(_("Only for customers of level"), max_length=1, choices=CustomerLevel.choices, blank=True)
    industry = models.CharField(_("Only for customers of industry"), max_length=100, blank=True)
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("Only for customers in territory"),
    )  # fmt: skip
    is_active = models.BooleanField(_("In use"), default=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-priority", "name"]
        indexes: ClassVar = [
            *record_indexes("price_book"),
            models.Index(fields=["organization", "customer"], name="price_book_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class PriceBookEntry(Record):
    """The price of a product in a price book, from a quantity on; without ``unit`` it is that of the product's own unit."""

    name = models.CharField(_("Price"), max_length=300, blank=True, editable=False)
    price_book = models.ForeignKey(
        PriceBook, on_delete=models.PROTECT, related_name="+", verbose_name=_("Price book"), db_index=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("Product"), db_index=False
    )
    currency = models.CharField(_("Currency"), max_length=3, blank=True, editable=False)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    min_quantity = models.DecimalField(
        pgettext_lazy("price", "From quantity"), max_digits=14, decimal_places=3, default=1
    )
    price = models.DecimalField(_("Unit price"), max_digits=18, decimal_places=2)
    valid_from = models.DateField(_("Valid from"), null=True, blank=True)
    valid_to = models.DateField(_("Valid to"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "min_quantity"]
        indexes: ClassVar = [
            *record_indexes("price_entry"),
            models.Index(fields=["organization", "product", "price_book"], name="price_entry_product", condition=LIVE),
            models.Index(fields=["organization", "price_book", "name"], name="price_entry_book", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name


class DiscountAsked(OrganizationOwned):
    """That a document has a greater discount than whoever wrote it may give, and whether somebody who may agreed.

    It holds for the latest change of prices; ``approval_id`` is the approval that was started, if a flow is set for it.
    """

    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=DiscountState.choices, default=DiscountState.WAITING)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    allowed = models.DecimalField(max_digits=5, decimal_places=2)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField(default=now)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    approval_id = models.UUIDField(null=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name", "record_id"], name="discount_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.object_name}: {self.percent}"


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
