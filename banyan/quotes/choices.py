"""States of quotes, and what customers may choose in them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class QuoteStatus(models.TextChoices):
    """How far a quote has come."""

    DRAFT = "draft", _("Draft")
    APPROVAL = "approval", _("In approval")
    SENT = "sent", pgettext_lazy("quote", "Sent")
    ACCEPTED = "accepted", pgettext_lazy("quote", "Accepted")
    DECLINED = "declined", pgettext_lazy("quote", "Declined")
    EXPIRED = "expired", pgettext_lazy("quote", "Expired")
    REPLACED = "replaced", _("Replaced")


STATUS_COLORS = {
    "draft": "grey",
    "approval": "yellow",
    "sent": "blue",
    "accepted": "green",
    "declined": "red",
    "expired": "orange",
    "replaced": "grey",
}
#: What a quote is while its content may change.
OPEN = (QuoteStatus.DRAFT,)
#: From here a further version can be made.
REVISABLE = (QuoteStatus.SENT, QuoteStatus.DECLINED, QuoteStatus.EXPIRED)


class DecisionKind(models.TextChoices):
    """What a customer said to a quote."""

    ACCEPTED = "accepted", pgettext_lazy("quote", "Accepted")
    DECLINED = "declined", pgettext_lazy("quote", "Declined")
