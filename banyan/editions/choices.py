"""Words of editions and of the parts of cost."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

EDITION_LABELS = {"basic": _("Basic edition"), "standard": _("Standard edition"), "enterprise": _("Enterprise edition")}
EDITION_SIZES = {
    "basic": _("to about 20 people"),
    "standard": _("to some hundreds of people"),
    "enterprise": _("thousands of people"),
}
PART_LABELS = {
    "licence": _("Licence"),
    "custom_development": _("Custom development"),
    "configuration": pgettext_lazy("cost", "Configuration"),
    "training": pgettext_lazy("cost", "Training"),
    "data_migration": _("Data migration"),
    "upgrades": pgettext_lazy("cost", "Upgrades and upkeep"),
    "support": _("Technical support"),
    "administration": pgettext_lazy("cost", "Administration"),
    "hardware": _("Servers, storage and network"),
    "internal_time": _("Time of one's own people"),
}
HOSTING_LABELS = {"cloud": _("Hosted by us"), "own": _("Servers of one's own")}
DEPTH_LABELS = {"none": _("None"), "short": _("One hour"), "normal": _("Half a day"), "deep": _("Two days")}
DIRT_LABELS = {
    "clean": pgettext_lazy("data", "Clean: one list, kept up"),
    "usual": pgettext_lazy("data", "Usual: some duplicates and gaps"),
    "dirty": pgettext_lazy("data", "Dirty: many lists, kept by many"),
}


class BillingPeriod(models.TextChoices):
    """How long one invoice of a licence covers."""

    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


class AfterTrial(models.TextChoices):
    """What follows the last day of a trial; no record is ever lost by it."""

    KEEP = "keep", _("Everything stays as it is")
    BASIC = "basic", _("Basic edition; what goes beyond rests")
