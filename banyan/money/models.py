"""Exchange rates, tax rates, and which tax rate holds for customers of which country."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned
from banyan.money.conversion import RATE_PLACES


class ExchangeRate(OrganizationOwned):
    """What one unit of a currency is worth in ``base`` from a day on, until a later rate.

    ``base`` is the organization's currency at the time: a company that changes its currency keeps the old rates, which
    then no longer count.
    """

    currency = models.CharField(_("Currency"), max_length=3)
    base = models.CharField(max_length=3)
    day = models.DateField(_("From day"))
    rate = models.DecimalField(_("Rate"), max_digits=20, decimal_places=RATE_PLACES)
    source = models.CharField(_("Source of the rate"), max_length=120, blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    entered_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["currency", "-day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "base", "currency", "day"], name="exchange_rate_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate.normalize():f} {self.base}"


class TaxRate(OrganizationOwned):
    """A rate of value added or sales tax in %, of a country, and during which days it holds.

    ``is_default`` is the rate of products that name none. A rate on documents is a number of their own: what changes
    here changes no document.
    """

    name = models.CharField(_("Name"), max_length=80)
    rate = models.DecimalField(_("Rate in %"), max_digits=5, decimal_places=2)
    country = models.CharField(_("Country"), max_length=2)
    valid_from = models.DateField(_("Valid from"), null=True, blank=True)
    valid_to = models.DateField(_("Valid to"), null=True, blank=True)
    is_default = models.BooleanField(_("Usual rate of the country"), default=False)
    is_active = models.BooleanField(_("In use"), default=True)
    note = models.CharField(_("Used for"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["country", "-rate", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "country", "name"], name="tax_rate_name"),
            models.CheckConstraint(condition=models.Q(rate__gte=0, rate__lte=100), name="tax_rate_percent"),
        ]

    def __str__(self) -> str:
        return self.name


class TaxRule(OrganizationOwned):
    """Which rate holds for customers of a country instead of the product's own; without ``country``, of any other.

    With ``instead_of`` it replaces that rate alone.
    """

    country = models.CharField(_("Country of the customer"), max_length=2, blank=True)
    instead_of = models.ForeignKey(TaxRate, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    rate = models.ForeignKey(TaxRate, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["country"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "country", "instead_of"], name="tax_rule_unique", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.country
