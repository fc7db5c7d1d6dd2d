"""Fixed choices of the products app."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BundleMode(models.TextChoices):
    """How a bundle stands on a document."""

    ONE = "one", _("One line at the price of the bundle")
    PARTS = "parts", _("A line for each part, which share the price of the bundle")


class PairingKind(models.TextChoices):
    """How two products go together."""

    REQUIRES = "requires", _("Only together with")
    EXCLUDES = "excludes", _("Never together with")


class DiscountState(models.TextChoices):
    """What became of a discount that is greater than its writer may give."""

    WAITING = "waiting", pgettext_lazy("discount", "Waits for approval")
    AGREED = "agreed", pgettext_lazy("discount", "Approved")
    REFUSED = "refused", pgettext_lazy("discount", "Refused")


class OverLimit(models.TextChoices):
    """What happens to a discount above the limit."""

    REFUSE = "refuse", _("It is refused")
    APPROVE = "approve", _("It needs approval")
