"""Words of editions and of the parts of cost."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

EDITION_LABELS = {"basic": _("Basic edition"), "standard": _("Standard edition"), "enterprise": _("Enterprise edition")}
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
