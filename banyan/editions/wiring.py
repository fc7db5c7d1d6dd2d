"""What the editions register: ready configurations of industries."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.configuration.templates import IndustryTemplate, register_template
from banyan.core.kernel.events import subscribe
from banyan.core.objects.events import ModulesSwitched
from banyan.core.web.metrics import request_watchers
from banyan.core.web.panels import DayPanel, day_panels, frame_notices
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.editions import api, jobs  # noqa: F401 the jobs are known by being imported
from banyan.editions.growth import waits
from banyan.editions.licences.services import SUBJECT
from banyan.editions.switching import starting
from banyan.editions.views import growth, licence, modules

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
    """Offer the templates that the product brings along, and register pages, interface and what follows from switching."""
    for key, icon, industries in INDUSTRIES:
        register_template(IndustryTemplate(key, FOLDER / f"{key}.yaml", icon, industries))
    register_settings_page(
        SettingsPage(
            modules.PAGE, _("Edition and modules"), modules.URL, "plug", "organization",
            _("Switch parts of the product on and off"), ability=Ability.MANAGE_ORGANIZATION,
            words=(_("Modules"), _("Edition")), routes=tuple(modules.routes()),
        )
    )  # fmt: skip
    register_settings_page(
        SettingsPage(
            licence.PAGE, _("Licence"), licence.URL, "certificate", "organization",
            _("Seats, guests, trial and the next invoice"), ability=Ability.MANAGE_ORGANIZATION,
            words=(_("Seats"), _("Prices"), _("Trial")), routes=tuple(licence.routes()),
        )
    )  # fmt: skip
    register_settings_page(
        SettingsPage(
            growth.PAGE, _("The right size"), growth.URL, "trending-up", "organization",
            _("Whether edition, servers and modules still fit"), ability=Ability.MANAGE_ORGANIZATION,
            words=(_("Growth"), _("Advice")), routes=tuple(growth.routes()),
        )
    )  # fmt: skip
    frame_notices.add("trial", licence.trial_notice)
    request_watchers.add("editions.waits", waits.watch)
    day_panels.add("growth", DayPanel("growth", growth.day_panel, column="side", position=900))
    subjects.add(SUBJECT, _("Licence"))
    subscribe(ModulesSwitched, "editions.starts", starting.note_switched)
    day_panels.add("new_modules", DayPanel("new_modules", modules.day_panel, column="side", position=5))
    api.register()
