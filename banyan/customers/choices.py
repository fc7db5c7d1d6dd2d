"""Fixed choices of customers, contacts and follow-ups."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CustomerType(models.TextChoices):
    """Whether a customer is an organization or a person."""

    COMPANY = "company", _("Company")
    PERSON = "person", _("Person")


class CustomerStatus(models.TextChoices):
    """Where a customer stands."""

    PROSPECT = "prospect", _("Prospect")
    ACTIVE = "active", _("Active customer")
    DORMANT = "dormant", _("Dormant")
    LOST = "lost", pgettext_lazy("customer", "Lost")


class CustomerLevel(models.TextChoices):
    """How important a customer is."""

    A = "a", _("A: key customer")
    B = "b", _("B: important")
    C = "c", _("C: ordinary")


class ContactRoleKind(models.TextChoices):
    """What a contact is for a customer."""

    DECISION_MAKER = "decision_maker", _("Decision maker")
    INFLUENCER = "influencer", _("Influencer")
    USER = "user", _("User")
    PURCHASER = "purchaser", _("Purchaser")
    FINANCE = "finance", _("Finance")
    OTHER = "other", _("Other")


class RelationshipKind(models.TextChoices):
    """How one customer relates to another."""

    PARENT = "parent", _("Parent company of")
    PARTNER = "partner", _("Partner of")
    SUPPLIER = "supplier", _("Supplier of")
    COMPETITOR = "competitor", _("Competitor of")
    REFERRER = "referrer", _("Referred")


class ActivityType(models.TextChoices):
    """How somebody was in touch with a customer."""

    CALL = "call", _("Call")
    VISIT = "visit", _("Visit")
    MEETING = "meeting", _("Meeting")
    MESSAGE = "message", _("Message")
    EMAIL = "email", pgettext_lazy("follow-up", "E-mail")
    NOTE = "note", _("Note")


class PreferredChannel(models.TextChoices):
    """How a customer wishes to be spoken to."""

    PHONE = "phone", _("Phone")
    WECHAT = "wechat", pgettext_lazy("channel", "WeChat")
    EMAIL = "email", _("E-mail")
    VISIT = "visit", _("Visit")
    MESSAGE = "message", _("Message")


class DocumentLanguage(models.TextChoices):
    """The language of what is sent to a customer."""

    CHINESE = "zh-hans", "中文"
    ENGLISH = "en", "English"


class HealthLevel(models.TextChoices):
    """How well business with a customer goes."""

    GOOD = "good", pgettext_lazy("health", "Good")
    WATCH = "watch", pgettext_lazy("health", "Needs attention")
    RISK = "risk", pgettext_lazy("health", "At risk")


class ContactAccess(models.TextChoices):
    """How members of a pool see the contact data of its customers before they claim them."""

    MASKED = "masked", _("Masked")
    HIDDEN = "hidden", pgettext_lazy("contact data", "Hidden")
    SHOWN = "shown", pgettext_lazy("contact data", "Shown")


class MovementKind(models.TextChoices):
    """How a customer came into a pool, or out of it."""

    RELEASED = "released", _("Released")
    RECYCLED = "recycled", _("Released by rule")
    CLAIMED = "claimed", _("Claimed")
    ASSIGNED = "assigned", pgettext_lazy("pool", "Assigned")
    MOVED = "moved", _("Moved to another pool")
    REMOVED = "removed", _("Taken out of the pool")


#: By which a customer gets an owner out of a pool.
TAKEN = (MovementKind.CLAIMED, MovementKind.ASSIGNED)
