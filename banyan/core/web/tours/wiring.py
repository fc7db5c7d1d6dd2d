"""Where tours begin: the help, the command palette, and a quiet offer on my day."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.web.help.entries import HelpEntry, help_entries
from banyan.core.web.panels import DayPanel, PaletteEntry, day_panels, palette_entries
from banyan.core.web.tours.progress import tours_for
from banyan.core.web.tours.views import URL, offer


def register() -> None:
    """Register the entries."""
    entry = HelpEntry("tours", _("Guided tours"), URL, "map-pin", position=10, may=lambda actor: bool(tours_for(actor)))
    help_entries.add(entry.name, entry)
    palette = PaletteEntry("tours", _("Guided tours"), URL, "map-pin", words=(_("Help"), _("Tour")), position=855)
    palette_entries.add(palette.name, palette)
    day_panels.add("tours.offer", DayPanel("tours.offer", offer, column="top", position=1))
