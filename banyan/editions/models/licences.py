"""What an organization has agreed to pay for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned
from banyan.editions.choices import AfterTrial, BillingPeriod


class Licence(OrganizationOwned):
    """The licence of an organization; on servers of one's own it costs nothing and its numbers are advice.

    ``seats`` are those agreed, nothing when as many as are used. ``starts_on`` is the first day of the running period.
    ``trial_ended_at`` is when what follows the trial was done.
    """

    edition = models.CharField(_("Edition"), max_length=20)
    seats = models.PositiveIntegerField(_("Seats"), null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    period = models.CharField(
        _("Paid by"), max_length=5, choices=BillingPeriod.choices, default=BillingPeriod.MONTH
    )  # fmt: skip
    starts_on = models.DateField(_("Running period since"))
    trial_ends_on = models.DateField(_("Trial until"), null=True, blank=True)
    after_trial = models.CharField(
        _("After the trial"), max_length=5, choices=AfterTrial.choices, default=AfterTrial.KEEP
    )
    trial_ended_at = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["organization"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="licence_unique")]

    def __str__(self) -> str:
        return self.edition
