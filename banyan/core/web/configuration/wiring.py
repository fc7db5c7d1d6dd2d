"""What the pages of the configuration register."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.configuration.applying import CONFIGURATION
from banyan.core.configuration.demo_records import SUBJECT as DEMO
from banyan.core.configuration.trials import SUBJECT
from banyan.core.objects.rewording import SUBJECT as WORDING
from banyan.core.web.configuration import demo, history, overview, proposals, trials
from banyan.core.web.configuration.frame import PAGE, URL
from banyan.core.web.panels import frame_notices
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import ACTIONS, subjects

ROUTES = (
    path("configuration", overview.overview, name="settings-configuration"),
    path("configuration/export", overview.export, name="settings-configuration-export"),
    path("configuration/files", overview.bring_in, name="settings-configuration-files"),
    path("configuration/templates/<slug:key>", overview.use_template, name="settings-configuration-template"),
    path("configuration/demo/remove", demo.remove, name="settings-configuration-demo-remove"),
    path("configuration/proposals/<uuid:proposal_id>", proposals.proposal, name="settings-configuration-proposal"),
    path("configuration/proposals/<uuid:proposal_id>/apply", proposals.apply, name="settings-configuration-apply"),
    path("configuration/proposals/<uuid:proposal_id>/order", proposals.order, name="settings-configuration-order"),
    path("configuration/proposals/<uuid:proposal_id>/discard", proposals.discard, name="settings-configuration-discard"),
    path("configuration/trials", trials.trials, name="settings-configuration-trials"),
    path("configuration/trials/list", trials.trial_list, name="settings-configuration-trial-list"),
    path("configuration/trials/new", trials.new_trial, name="settings-configuration-trial-new"),
    path("configuration/trials/<uuid:trial_id>/promote", trials.promote, name="settings-configuration-trial-promote"),
    path("configuration/trials/<uuid:trial_id>/delete", trials.delete, name="settings-configuration-trial-delete"),
    path("configuration/history", history.history, name="settings-configuration-history"),
    path("configuration/history/<uuid:snapshot_id>", history.snapshot, name="settings-configuration-snapshot"),
    path("configuration/history/<uuid:snapshot_id>/file", history.snapshot_file, name="settings-configuration-snapshot-file"),
    path("configuration/history/<uuid:snapshot_id>/restore", history.put_back, name="settings-configuration-restore"),
)  # fmt: skip

LOGGED = {
    "apply": _("applied"),
    "template": _("template applied"),
    "promote": _("taken over from a trial copy"),
    "restore": _("put back"),
}


def register() -> None:
    """Register the page, and what the log of the set-up calls it."""
    subjects.add(CONFIGURATION, _("Configuration"))
    subjects.add(SUBJECT, _("Trial copy"))
    frame_notices.add("configuration.trial", trials.trial_notice)
    frame_notices.add("configuration.demo", demo.demo_notice)
    subjects.add(DEMO, _("Demo records"))
    subjects.add(WORDING, _("Words"))
    ACTIONS.update(LOGGED)
    register_settings_page(
        SettingsPage(
            PAGE, _("Configuration"), URL, "file-text", "objects",
            _("Everything that you shape, as one file: take it out, review, apply, take back"),
            ability=Ability.CUSTOMISE, words=(_("YAML"), _("Export"), _("Trial copy"), _("Template"), _("Sandbox")),
            routes=ROUTES,
        )
    )  # fmt: skip
