"""What the help adds to the command palette."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.web.panels import PaletteEntry, palette_entries

ENTRIES = (
    PaletteEntry(
        "help", _("Help"), "/help", "help-circle", words=(_("User guide"), _("How to")), position=850
    ),
    PaletteEntry(
        "help.api", _("REST interface: reference"), "/api/docs", "external-link", words=(_("API"),), position=860
    ),
    PaletteEntry("help.errors", _("Error codes"), "/docs/errors", "alert-circle", position=870),
)  # fmt: skip


def register() -> None:
    """Register the pages."""
    for entry in ENTRIES:
        palette_entries.add(entry.name, entry)
