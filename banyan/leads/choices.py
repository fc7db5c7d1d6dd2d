"""Fixed choices of leads."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MODULE = "leads"


class LeadStatus(models.TextChoices):
    """How far a lead has come."""

    NEW = "new", pgettext_lazy("lead", "New")
    CONTACTED = "contacted", pgettext_lazy("lead", "Contacted")
    QUALIFYING = "qualifying", _("Qualifying")
    QUALIFIED = "qualified", _("Qualified")
    RECYCLED = "recycled", pgettext_lazy("lead", "To contact again")
    UNQUALIFIED = "unqualified", _("Not suitable")
    CONVERTED = "converted", pgettext_lazy("lead", "Converted")


#: Leads that somebody works on.
OPEN_STATUSES = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFYING, LeadStatus.QUALIFIED)
#: What is given up needs a reason.
GIVEN_UP = (LeadStatus.RECYCLED, LeadStatus.UNQUALIFIED)


class Rating(models.TextChoices):
    """What somebody thinks of a lead."""

    HOT = "hot", _("Hot")
    WARM = "warm", _("Warm")
    COLD = "cold", _("Cold")


class Grade(models.TextChoices):
    """What the score comes to."""

    A = "a", "A"
    B = "b", "B"
    C = "c", "C"


class MovementKind(models.TextChoices):
    """How a lead came to an owner, or lost one."""

    RELEASED = "released", _("Released")
    RECYCLED = "recycled", _("Released by rule")
    CLAIMED = "claimed", _("Claimed")
    ASSIGNED = "assigned", pgettext_lazy("lead", "Assigned")


class Arrival(models.TextChoices):
    """By which way something was captured."""

    FORM = "form", pgettext_lazy("capture", "Form")
    EMAIL = "email", pgettext_lazy("capture", "E-mail")


class Destination(models.TextChoices):
    """Who gets the leads of a form."""

    RULES = "rules", _("Whom the assignment rules say")
    PERSON = "person", _("One person")
    POOL = "pool", _("Nobody: they wait in the lead pool")


class Target(models.TextChoices):
    """What a lead becomes."""

    CUSTOMER = "customer", _("Customer")
    CONTACT = "contact", _("Contact")
    OPPORTUNITY = "opportunity", _("Opportunity")
