"""What the migration assistant registers: its pages, and the ways that lead to it."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor
from banyan.core.web.guide.choices import GuideChoice, guide_choices
from banyan.core.web.panels import ImportWay, import_ways
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.migration import api
from banyan.migration.services.finding import ABILITY
from banyan.migration.views import moves, tables
from banyan.migration.views.frame import PAGE, URL

#: Objects that people have had in another CRM.
OFFERED_FOR = ("customer", "contact", "lead", "opportunity")
BASE = "import/<uuid:move_id>"
TABLE = f"{BASE}/tables/<uuid:table_id>"
ROUTES = (
    path("import", moves.moves, name="settings-import"),
    path(BASE, moves.move_page, name="settings-import-move"),
    path(f"{BASE}/files", moves.add_files, name="settings-import-files"),
    path(f"{BASE}/mappings", moves.mappings, name="settings-import-mappings"),
    path(f"{BASE}/start", moves.start, name="settings-import-start"),
    path(f"{BASE}/back", moves.back, name="settings-import-back"),
    path(f"{BASE}/progress", moves.progress, name="settings-import-progress"),
    path(f"{BASE}/stop", moves.stop, name="settings-import-stop"),
    path(f"{BASE}/undo", moves.undo, name="settings-import-undo"),
    path(f"{BASE}/discard", moves.discard, name="settings-import-discard"),
    path(f"{BASE}/report", moves.report, name="settings-import-report"),
    path(TABLE, tables.table_page, name="settings-import-table"),
    path(f"{TABLE}/fields", tables.take_fields, name="settings-import-fields"),
    path(f"{TABLE}/assign", tables.assign, name="settings-import-assign"),
    path(f"{TABLE}/leave-out", tables.leave_out, name="settings-import-leave-out"),
)


def register() -> None:
    """Register the pages and the choice of the guided start."""
    register_settings_page(
        SettingsPage(
            PAGE,
            _("Migration assistant"),
            URL,
            "file-upload",
            "system",
            _("Bring everything from another CRM: records with their links, people, history and notes"),
            ability=ABILITY,
            words=(_("Import"), _("Move in"), "Salesforce", "HubSpot", "Dynamics", "Zoho", "Pipedrive", "EspoCRM",
                   "SuiteCRM", "Odoo", "纷享销客", "销售易", "悟空", "励销云", "迁移"),
            routes=ROUTES,
        )
    )  # fmt: skip
    import_ways.add(
        "migration",
        ImportWay(
            "migration",
            _("Come from another CRM"),
            URL,
            "refresh",
            objects=OFFERED_FOR,
            may=lambda actor: actor.has(ABILITY),
        ),
    )
    api.register()
    guide_choices.add(
        "migrate",
        GuideChoice(
            "migrate",
            _("Come from another CRM"),
            _(
                "Customers, contacts, opportunities, tasks and notes with their links, from the exports of your old system."
            ),
            "refresh",
            _start,
            position=15,
            may=lambda actor: actor.has(ABILITY),
        ),
    )


def _start(actor: Actor) -> str:
    """Return the page on which the files are chosen."""
    return URL
