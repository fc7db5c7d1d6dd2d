"""Fixed choices of tickets and articles."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MODULE = "tickets"
TICKET, ARTICLE = "ticket", "article"


class TicketState(models.TextChoices):
    """Where a ticket stands; its clock runs while it is new or open."""

    NEW = "new", pgettext_lazy("ticket", "New")
    OPEN = "open", pgettext_lazy("ticket", "Being worked on")
    WAITING = "waiting", _("Waiting for the customer")
    SOLVED = "solved", pgettext_lazy("ticket", "Solved")
    CLOSED = "closed", pgettext_lazy("ticket", "Closed")


#: While a ticket stands there, its time runs.
RUNNING = (TicketState.NEW, TicketState.OPEN)
#: What somebody still has to look after.
UNSOLVED = (*RUNNING, TicketState.WAITING)
#: What is over.
OVER = (TicketState.SOLVED, TicketState.CLOSED)


class Priority(models.TextChoices):
    """How much it matters that somebody answers soon."""

    LOW = "low", pgettext_lazy("ticket", "Low")
    NORMAL = "normal", pgettext_lazy("ticket", "Normal")
    HIGH = "high", pgettext_lazy("ticket", "High")
    URGENT = "urgent", pgettext_lazy("ticket", "Urgent")


class TicketChannel(models.TextChoices):
    """How a ticket, or something said about it, came in."""

    PHONE = "phone", pgettext_lazy("ticket", "Phone")
    MAIL = "mail", pgettext_lazy("ticket", "E-mail")
    CHAT = "chat", pgettext_lazy("ticket", "Chat")
    VISIT = "visit", pgettext_lazy("ticket", "Visit")
    FORM = "form", pgettext_lazy("ticket", "Form")
    PORTAL = "portal", pgettext_lazy("ticket", "Customer's page")
    API = "api", pgettext_lazy("ticket", "Another program")
    INTERNAL = "internal", pgettext_lazy("ticket", "A colleague")


class MessageKind(models.TextChoices):
    """Who reads something that stands in a ticket, or who said it."""

    REPLY = "reply", _("Reply to the customer")
    NOTE = "note", _("Internal note")
    CUSTOMER = "customer", _("From the customer")


class MailState(models.TextChoices):
    """What became of a mail that came in."""

    MADE = "made", _("Became a ticket")
    ADDED = "added", _("Added to its ticket")
    LEFT = "left", _("Left out")
    FAILED = "failed", _("Could not be read")


class ArticleState(models.TextChoices):
    """Whether an article may be relied upon."""

    DRAFT = "draft", pgettext_lazy("article", "Draft")
    PUBLISHED = "published", pgettext_lazy("article", "Published")
    REVIEW = "review", pgettext_lazy("article", "To be reviewed")


class Audience(models.TextChoices):
    """Who may read an article."""

    INTERNAL = "internal", pgettext_lazy("article", "Colleagues only")
    CUSTOMERS = "customers", pgettext_lazy("article", "Customers as well")
