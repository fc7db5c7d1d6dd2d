"""Fixed choices of contracts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ContractType(models.TextChoices):
    """What a contract is about."""

    SALES = "sales", _("Sales contract")
    FRAMEWORK = "framework", _("Framework contract")
    SERVICE = "service", _("Service contract")
    OTHER = "other", _("Other contract")


class ContractStatus(models.TextChoices):
    """Where a contract stands."""

    DRAFT = "draft", _("Draft")
    IN_APPROVAL = "in_approval", _("In approval")
    APPROVED = "approved", _("Approved, not signed")
    ACTIVE = "active", pgettext_lazy("contract", "In force")
    EXPIRED = "expired", pgettext_lazy("contract", "Expired")
    TERMINATED = "terminated", _("Terminated")
    RENEWED = "renewed", _("Renewed")


class AmendmentStatus(models.TextChoices):
    """Where an amendment of a contract stands."""

    DRAFT = "draft", _("Draft")
    IN_APPROVAL = "in_approval", _("In approval")
    APPROVED = "approved", _("Approved, not signed")
    SIGNED = "signed", pgettext_lazy("amendment", "In force")


class Renewal(models.TextChoices):
    """What happens when a contract comes to its end."""

    NONE = "none", _("It ends")
    MANUAL = "manual", _("It is renewed on agreement")
    AUTOMATIC = "automatic", _("It renews itself")


class InstalmentEvent(models.TextChoices):
    """After which event an instalment is due."""

    SIGNING = "signing", _("Signing")
    DELIVERY = "delivery", _("Delivery")
    ACCEPTANCE = "acceptance", _("Acceptance")
    INVOICE = "invoice", pgettext_lazy("instalment", "Invoice")
    WARRANTY = "warranty", _("End of warranty")


#: Contracts that were signed, whatever became of them.
SIGNED_STATUSES = (
    ContractStatus.ACTIVE, ContractStatus.EXPIRED, ContractStatus.TERMINATED, ContractStatus.RENEWED,
)  # fmt: skip
