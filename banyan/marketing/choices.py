"""Fixed choices of marketing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MODULE = "campaigns"
SEGMENT, CAMPAIGN = "segment", "campaign"
CONTACT, CUSTOMER, LEAD = "contact", "customer", "lead"
#: What a segment may be of, and what a member of a campaign is.
MEMBER_OBJECTS = (CUSTOMER, CONTACT, LEAD)


class MemberObject(models.TextChoices):
    """What a segment is of."""

    CUSTOMER = "customer", _("Customers")
    CONTACT = "contact", _("Contacts")
    LEAD = "lead", _("Leads")


class SegmentKind(models.TextChoices):
    """How a segment gets its members."""

    DYNAMIC = "dynamic", _("By rule: whoever fits now")
    STATIC = "static", _("Fixed list")


class CampaignKind(models.TextChoices):
    """By which way a campaign reaches people."""

    MAIL = "mail", pgettext_lazy("campaign", "E-mail")
    EVENT = "event", pgettext_lazy("campaign", "Event or trade fair")
    ADVERTISING = "advertising", pgettext_lazy("campaign", "Advertising")
    PHONE = "phone", pgettext_lazy("campaign", "Phone")
    SOCIAL = "social", pgettext_lazy("campaign", "Social media")
    OTHER = "other", pgettext_lazy("campaign", "Other")


class CampaignStatus(models.TextChoices):
    """How far a campaign is."""

    PLANNED = "planned", pgettext_lazy("campaign", "Planned")
    RUNNING = "running", pgettext_lazy("campaign", "Running")
    DONE = "done", pgettext_lazy("campaign", "Done")
    CANCELLED = "cancelled", pgettext_lazy("campaign", "Cancelled")


class MemberState(models.TextChoices):
    """The furthest that somebody has come in a campaign, or why nothing reached them."""

    PLANNED = "planned", pgettext_lazy("member of a campaign", "To reach")
    NOT_ALLOWED = "not_allowed", pgettext_lazy("member of a campaign", "Not allowed")
    FAILED = "failed", pgettext_lazy("member of a campaign", "Not delivered")
    SENT = "sent", pgettext_lazy("member of a campaign", "Reached")
    CLICKED = "clicked", pgettext_lazy("member of a campaign", "Clicked")
    RESPONDED = "responded", pgettext_lazy("member of a campaign", "Responded")
    UNSUBSCRIBED = "unsubscribed", pgettext_lazy("member of a campaign", "Unsubscribed")


class MailingState(models.TextChoices):
    """How far a mail to the members of a campaign is."""

    DRAFT = "draft", pgettext_lazy("mailing", "Draft")
    SENDING = "sending", pgettext_lazy("mailing", "Being sent")
    PAUSED = "paused", pgettext_lazy("mailing", "Stopped")
    DONE = "done", pgettext_lazy("mailing", "Sent")


class DeliveryState(models.TextChoices):
    """What became of a mail to one member."""

    WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
    SENDING = "sending", pgettext_lazy("delivery", "Being sent")
    SENT = "sent", pgettext_lazy("delivery", "Sent")
    UNKNOWN = "unknown", pgettext_lazy("delivery", "Perhaps sent")
    FAILED = "failed", pgettext_lazy("delivery", "Not delivered")
    NOT_ALLOWED = "not_allowed", pgettext_lazy("delivery", "Not allowed")


class Hindrance(models.TextChoices):
    """Why a mail was not sent to somebody."""

    NO_ADDRESS = "no_address", _("There is no e-mail address")
    BAD_ADDRESS = "bad_address", _("The e-mail address is not valid")
    GONE = "gone", _("The record is in the recycle bin")
    BLOCKED = "blocked", _("The address is on the block list")
    DO_NOT_CONTACT = "do_not_contact", _("Marked “do not contact”")
    RESTRICTED = "restricted", _("The person has restricted what may be done with the data")
    WITHDRAWN = "withdrawn", _("The consent was withdrawn")
    NO_CONSENT = "no_consent", _("There is no consent to advertising by e-mail")
    TWICE = "twice", _("Another member has the same address")
    TOO_OFTEN = "too_often", _("Got enough mails in the last days")
    REFUSED_BY_SERVER = "refused_by_server", _("The mail server refused the address")
    INTERRUPTED = "interrupted", _("Sending was interrupted at this address; nothing is sent twice")


class Becomes(models.TextChoices):
    """What a response becomes."""

    LEAD = "lead", _("A lead, assigned by the rules for leads")
    TASK = "task", _("A task for the owner of the customer")
    OPPORTUNITY = "opportunity", _("An opportunity of the customer")
    NOTHING = "nothing", _("Nothing: only note it")


class BlockReason(models.TextChoices):
    """How an address came to the block list."""

    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed by a link")
    ENTERED = "entered", _("Entered by a colleague")
    BOUNCED = "bounced", _("Refused by the mail server")
