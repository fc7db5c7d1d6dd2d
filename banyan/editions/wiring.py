"""What the editions register: ready configurations of industries, and paths of the interface."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy

from banyan.core.configuration.templates import IndustryTemplate, register_template
from banyan.core.web.panels import PaletteEntry, palette_entries
from banyan.editions import api

FOLDER = Path(__file__).with_name("industries")


#: File, icon, and the industries of an organization's own page for which it comes first.
INDUSTRIES = (
    ("manufacturing", "building-factory-2", ("manufacturing",)),
    ("software", "device-desktop", ("software",)),
    ("retail", "building-store", ("retail", "trade")),
    ("finance", "cash", ("finance",)),
    ("education", "rosette", ("education",)),
    ("real_estate", "building-community", ("construction",)),
    ("medical", "activity", ("health",)),
    ("consulting", "briefcase", ("consulting", "media")),
    ("logistics", "truck", ("logistics",)),
    ("non_profit", "users-group", ("public",)),
)


def register() -> None:
    """Offer the templates that the product brings along, and the cost model in the interface."""
    api.register()
    page = PaletteEntry(
        "cost", gettext_lazy("What it costs"), "/cost", "calculator", words=(gettext_lazy("Cost"), "费用", "cost")
    )
    palette_entries.add(page.name, page)
    for key, icon, industries in INDUSTRIES:
        register_template(IndustryTemplate(key, FOLDER / f"{key}.yaml", icon, industries))
