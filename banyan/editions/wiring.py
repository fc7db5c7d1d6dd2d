"""What the editions register: ready configurations of industries, ways to the adviser, and paths of the interface."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy

from banyan.core.access.scopes import Ability
from banyan.core.configuration.templates import IndustryTemplate, register_template
from banyan.core.kernel.events import subscribe
from banyan.core.objects.events import ModulesSwitched
from banyan.core.web.accounts.links import SignInLink, sign_in_links
from banyan.core.web.metrics import request_watchers
from banyan.core.web.panels import DayPanel, PaletteEntry, day_panels, frame_notices, palette_entries
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.editions import api, jobs  # noqa: F401 the jobs are known by being imported
from banyan.editions.growth import waits
from banyan.editions.licences.services import SUBJECT
from banyan.editions.switching import starting
from banyan.editions.views import growth, licence, modules
from banyan.editions.views.trial_notice import trial_notice

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
    """Offer the templates that the product brings along; register pages, interface and what follows from switching."""
    api.register()
    page = PaletteEntry(
        "cost", gettext_lazy("What it costs"), "/cost", "calculator", words=(gettext_lazy("Cost"), "费用", "cost")
    )
    palette_entries.add(page.name, page)
    for key, icon, industries in INDUSTRIES:
        register_template(IndustryTemplate(key, FOLDER / f"{key}.yaml", icon, industries))
    register_sizes()
    register_adviser()


def register_sizes() -> None:
    """Add the pages of modules, licence and growth, and what watches them."""
    register_settings_page(
        SettingsPage(
            modules.PAGE, gettext_lazy("Edition and modules"), modules.URL, "plug", "organization",
            gettext_lazy("Switch parts of the product on and off"), ability=Ability.MANAGE_ORGANIZATION,
            words=(gettext_lazy("Modules"), gettext_lazy("Edition")), routes=tuple(modules.routes()),
        )
    )  # fmt: skip
    register_settings_page(
        SettingsPage(
            licence.PAGE, gettext_lazy("Licence"), licence.URL, "certificate", "organization",
            gettext_lazy("Seats, guests, trial and the next invoice"), ability=Ability.MANAGE_ORGANIZATION,
            words=(gettext_lazy("Seats"), gettext_lazy("Prices"), gettext_lazy("Trial")), routes=tuple(licence.routes()),
        )
    )  # fmt: skip
    register_settings_page(
        SettingsPage(
            growth.PAGE, gettext_lazy("The right size"), growth.URL, "trending-up", "organization",
            gettext_lazy("Whether edition, servers and modules still fit"), ability=Ability.MANAGE_ORGANIZATION,
            words=(gettext_lazy("Growth"), gettext_lazy("Advice")), routes=tuple(growth.routes()),
        )
    )  # fmt: skip
    request_watchers.add("editions.waits", waits.watch)
    day_panels.add("growth", DayPanel("growth", growth.day_panel, column="side", position=900))
    subjects.add(SUBJECT, gettext_lazy("Licence"))
    subscribe(ModulesSwitched, "editions.starts", starting.note_switched)
    day_panels.add("new_modules", DayPanel("new_modules", modules.day_panel, column="side", position=5))


def register_adviser() -> None:
    """Lead to the adviser from the sign-in page and the settings, and tell trials until when they last."""
    label = gettext_lazy("Which CRM fits us?")
    sign_in_links.add("adviser", SignInLink(label, "/adviser"))
    register_settings_page(
        SettingsPage(
            "adviser", gettext_lazy("Adviser"), "/adviser", "help-circle", "organization",
            gettext_lazy("Which edition and modules fit, and what that costs and brings"),
            ability=Ability.MANAGE_ORGANIZATION, words=(label, gettext_lazy("Edition"), gettext_lazy("Cost")),
        )
    )  # fmt: skip
    frame_notices.add("trial", trial_notice)
