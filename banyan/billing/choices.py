"""Fixed choices of payments, invoices and subscriptions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Method(models.TextChoices):
    """How money is paid."""

    TRANSFER = "transfer", _("Bank transfer")
    ACCEPTANCE = "acceptance", _("Acceptance bill")
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    CARD = "card", _("Card")
    CHEQUE = "cheque", _("Cheque")
    CASH = "cash", _("Cash")
    OTHER = "other", pgettext_lazy("payment method", "Other")


class DueEvent(models.TextChoices):
    """What makes an instalment due; the days after it are counted from there."""

    DATE = "date", _("On a date")
    CONFIRMED = "confirmed", _("After the order is confirmed")
    DELIVERED = "delivered", _("After delivery")
    INVOICED = "invoiced", _("After the invoice")


class PlanStatus(models.TextChoices):
    """Where an instalment stands; derived from its day and what was paid."""

    INACTIVE = "inactive", _("Not yet due to begin")
    WAITING = "waiting", pgettext_lazy("instalment", "Waiting")
    DUE_SOON = "due_soon", _("Due soon")
    OVERDUE = "overdue", _("Overdue")
    PART_PAID = "part_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    VOID = "void", _("Void")


#: Instalments of which something is still expected.
OPEN_PLANS = (PlanStatus.WAITING, PlanStatus.DUE_SOON, PlanStatus.OVERDUE, PlanStatus.PART_PAID, PlanStatus.INACTIVE)


class PaymentKind(models.TextChoices):
    """Which way money went."""

    RECEIPT = "receipt", pgettext_lazy("payment", "Receipt")
    REFUND = "refund", _("Refund")


class PaymentState(models.TextChoices):
    """Whether a payment counts."""

    WAITING = "waiting", _("Waiting for confirmation")
    CONFIRMED = "confirmed", pgettext_lazy("payment", "Confirmed")
    REFUSED = "refused", pgettext_lazy("payment", "Refused")
    REVERSED = "reversed", _("Reversed")


class HeaderKind(models.TextChoices):
    """Whom an invoice is made out to."""

    COMPANY = "company", pgettext_lazy("invoice header", "Company or institution")
    PERSON = "person", pgettext_lazy("invoice header", "Private person")


class InvoiceKind(models.TextChoices):
    """Kinds of invoices: fully digital, older ones with code and number, and plain ones of other countries."""

    DIGITAL_SPECIAL = "digital_special", _("Digital special VAT invoice")
    DIGITAL_ORDINARY = "digital_ordinary", _("Digital ordinary invoice")
    SPECIAL = "special", _("Special VAT invoice")
    ORDINARY = "ordinary", _("Ordinary VAT invoice")
    PLAIN = "plain", _("Invoice")


#: Kinds whose number the tax office gives.
OFFICIAL_KINDS = (
    InvoiceKind.DIGITAL_SPECIAL,
    InvoiceKind.DIGITAL_ORDINARY,
    InvoiceKind.SPECIAL,
    InvoiceKind.ORDINARY,
)
#: Kinds by which the buyer deducts tax: they need the buyer's tax number.
SPECIAL_KINDS = (InvoiceKind.DIGITAL_SPECIAL, InvoiceKind.SPECIAL)
DIGITAL_KINDS = (InvoiceKind.DIGITAL_SPECIAL, InvoiceKind.DIGITAL_ORDINARY)


class InvoiceForm(models.TextChoices):
    """What an invoice is made of."""

    ELECTRONIC = "electronic", pgettext_lazy("invoice", "Electronic")
    PAPER = "paper", pgettext_lazy("invoice", "On paper")


class InvoiceState(models.TextChoices):
    """From the request to the issued invoice."""

    REQUESTED = "requested", pgettext_lazy("invoice", "Requested")
    APPROVED = "approved", pgettext_lazy("invoice", "Approved")
    REFUSED = "refused", pgettext_lazy("invoice", "Refused")
    ISSUED = "issued", pgettext_lazy("invoice", "Issued")
    CANCELLED = "cancelled", pgettext_lazy("invoice", "Cancelled")


#: States in which an invoice takes up what is ordered.
COUNTED_INVOICES = (InvoiceState.REQUESTED, InvoiceState.APPROVED, InvoiceState.ISSUED)
#: States in which an invoice may still be changed.
CHANGEABLE_INVOICES = (InvoiceState.REQUESTED, InvoiceState.APPROVED)


class Period(models.TextChoices):
    """How often a subscription is charged."""

    MONTH = "month", pgettext_lazy("subscription", "Month")
    QUARTER = "quarter", pgettext_lazy("subscription", "Quarter")
    YEAR = "year", pgettext_lazy("subscription", "Year")


class SubscriptionState(models.TextChoices):
    """Where a subscription stands."""

    ACTIVE = "active", pgettext_lazy("subscription", "Active")
    PAUSED = "paused", pgettext_lazy("subscription", "Paused")
    CANCELLED = "cancelled", pgettext_lazy("subscription", "Cancelled")
    ENDED = "ended", pgettext_lazy("subscription", "Ended")


class Movement(models.TextChoices):
    """Why recurring revenue changed."""

    NEW = "new", pgettext_lazy("recurring revenue", "New")
    EXPANSION = "expansion", _("Expansion")
    CONTRACTION = "contraction", _("Contraction")
    CHURN = "churn", _("Churned")


class CreditMode(models.TextChoices):
    """What happens when an order goes beyond the credit limit."""

    OFF = "off", _("Nothing")
    WARN = "warn", _("Warn")
    BLOCK = "block", _("Block until somebody with the right releases it")


class Stage(models.TextChoices):
    """Which reminder an instalment has reached."""

    BEFORE = "before", _("Before it is due")
    DUE = "due", _("On the day")
    FIRST = "first", _("First reminder")
    SECOND = "second", _("Second reminder")
    THIRD = "third", _("Third reminder")


class BankState(models.TextChoices):
    """What became of a line of a bank statement."""

    NEW = "new", pgettext_lazy("bank line", "Open")
    RECORDED = "recorded", pgettext_lazy("bank line", "Recorded")
    IGNORED = "ignored", pgettext_lazy("bank line", "Set aside")
