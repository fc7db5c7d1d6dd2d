"""Fixed choices of commissions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Base(models.TextChoices):
    """What earns a commission, and when."""

    WON = "won", _("When an opportunity is won")
    ORDERED = "ordered", _("When an order is placed")
    PAID = "paid", _("When a payment is received")


class Interval(models.TextChoices):
    """For how long one statement is."""

    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")


class Mode(models.TextChoices):
    """How a tier counts: each for what lies in it, or the one that is reached for everything."""

    MARGINAL = "marginal", _("Each tier for the part that lies in it")
    WHOLE = "whole", _("The tier that is reached for the whole amount")


class Measured(models.TextChoices):
    """What the limits of tiers are."""

    AMOUNT = "amount", pgettext_lazy("tiers", "Amounts")
    ATTAINMENT = "attainment", _("Per cent of the target")


class State(models.TextChoices):
    """How far a statement is."""

    DRAFT = "draft", pgettext_lazy("statement", "Draft")
    APPROVED = "approved", pgettext_lazy("statement", "Approved")
    PAID = "paid", pgettext_lazy("statement", "Paid")


class LineKind(models.TextChoices):
    """What a line of a statement is."""

    SALE = "sale", _("Sale")
    LATE = "late", _("Sale of an earlier period")
    ACCELERATOR = "accelerator", _("Accelerator")
    CAP = "cap", _("Cap")
    CORRECTION = "correction", _("Correction of an earlier statement")
    CLAWBACK = "clawback", pgettext_lazy("commission", "Taken back")
