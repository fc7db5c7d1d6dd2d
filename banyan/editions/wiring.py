"""What the editions register: ready configurations of industries, ways to the adviser, and paths of the interface."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.configuration.templates import IndustryTemplate, register_template
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.languages import written_day
from banyan.core.web.accounts.links import SignInLink, sign_in_links
from banyan.core.web.panels import FrameNotice, PaletteEntry, frame_notices, palette_entries
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.editions import api
from banyan.editions.adviser.trials import answers_of, ends_on, is_adviser_trial
from banyan.editions.public import query_of, read_answers

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
    """Offer the templates that the product brings along, the adviser, and both models in the interface."""
    api.register()
    page = PaletteEntry(
        "cost", gettext_lazy("What it costs"), "/cost", "calculator", words=(gettext_lazy("Cost"), "费用", "cost")
    )
    palette_entries.add(page.name, page)
    for key, icon, industries in INDUSTRIES:
        register_template(IndustryTemplate(key, FOLDER / f"{key}.yaml", icon, industries))
    register_adviser()


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
    frame_notices.add("adviser_trial", trial_notice)


def trial_notice(actor: Actor) -> FrameNotice | None:
    """Return what stands above the pages of a trial: until when it lasts, and the advice it was made from."""
    if not is_adviser_trial(actor.organization):
        return None
    day = written_day(ends_on(actor.organization), actor.language)
    text = _("This is a trial organization. On %(day)s it ends, and what is in it is deleted.") % {"day": day}
    try:
        answers = read_answers(answers_of(actor.organization))
    except Invalid:
        # Questions change with the product; a trial of before is no worse for it.
        answers = {}
    return FrameNotice(text, f"/adviser/result?{query_of(answers)}", _("See the advice"), kind="info")
