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
