"""Fixed choices of orders."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrderStatus(models.TextChoices):
    """Where an order stands; partly delivered and delivered follow from its lines."""

    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    PARTLY_DELIVERED = "partly_delivered", _("Partly delivered")
    DELIVERED = "delivered", _("Delivered")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class ChangeStatus(models.TextChoices):
    """Where the change of a confirmed order stands."""

    WAITING = "waiting", pgettext_lazy("order change", "Waiting for approval")
    APPLIED = "applied", pgettext_lazy("order change", "Applied")
    REFUSED = "refused", pgettext_lazy("order change", "Refused")


class ReturnStatus(models.TextChoices):
    """Where a return stands."""

    REQUESTED = "requested", pgettext_lazy("return", "Requested")
    APPROVED = "approved", pgettext_lazy("return", "Approved")
    RECEIVED = "received", pgettext_lazy("return", "Received")
    CREDITED = "credited", pgettext_lazy("return", "Credited")
    REFUSED = "refused", pgettext_lazy("return", "Refused")


class Resolution(models.TextChoices):
    """What the customer gets for what comes back."""

    CREDIT = "credit", _("Credit note")
    REFUND = "refund", _("Refund")
    REPLACEMENT = "replacement", _("Replacement")


#: Orders that count as closed business.
CLOSED_STATUSES = (
    OrderStatus.CONFIRMED, OrderStatus.PARTLY_DELIVERED, OrderStatus.DELIVERED, OrderStatus.COMPLETED,
)  # fmt: skip
#: Confirmed orders that are still worked on.
RUNNING_STATUSES = (OrderStatus.CONFIRMED, OrderStatus.PARTLY_DELIVERED, OrderStatus.DELIVERED)
#: Returns whose quantities are spoken for, though nothing has come back yet.
OPEN_RETURNS = (ReturnStatus.REQUESTED, ReturnStatus.APPROVED)
