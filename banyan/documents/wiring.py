"""What the documents app registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.objects.configuration_parts import register_part
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, module_is_on, modules
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.panels import RecordMenu, record_menus
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.documents.kinds import document_kinds
from banyan.documents.services.configuring import PARTS_OF_FILE
from banyan.documents.services.papers import MODULE
from banyan.documents.views import settings


def register() -> None:
    """Register the module, the pages of the settings and the entry of records' menus."""
    for part in PARTS_OF_FILE:
        register_part(part)
    modules.add(
        MODULE,
        Module(
            MODULE,
            gettext_lazy("Documents"),
            gettext_lazy("Papers as PDF with your letterhead, in Chinese and English."),
            editions=(STANDARD, ENTERPRISE),
            needed_by=gettext_lazy("Whoever sends papers with a letterhead."),
            spared_by=gettext_lazy("Whoever writes papers in another program."),
            start="/settings/letterhead",
        ),
    )
    record_menus.add("documents", RecordMenu("documents", paper_entries, position=10, module=MODULE))
    letterhead, texts = settings.URLS[settings.LETTERHEAD], settings.URLS[settings.TEXTS]
    register_settings_page(
        SettingsPage(
            settings.LETTERHEAD,
            gettext_lazy("Letterhead"),
            letterhead,
            "file-text",
            "organization",
            gettext_lazy("Logo, address, bank and seal on quotes, orders and invoices"),
            ability=Ability.MANAGE_ORGANIZATION,
            module=MODULE,
            words=(gettext_lazy("Logo"), gettext_lazy("Seal"), gettext_lazy("PDF")),
            routes=(
                path("letterhead", settings.letterhead, name="settings-letterhead"),
                path("letterhead/preview", settings.preview, name="settings-letterhead-preview"),
                path("letterhead/<slug:name>.png", settings.picture, name="settings-letterhead-picture"),
            ),
        )
    )
    register_settings_page(
        SettingsPage(
            settings.TEXTS,
            gettext_lazy("Texts of documents"),
            texts,
            "file-pencil",
            "objects",
            gettext_lazy("Introduction and terms of each kind of document, in both languages"),
            ability=Ability.CUSTOMISE,
            module=MODULE,
            words=(gettext_lazy("Terms"), gettext_lazy("PDF")),
            routes=(
                path("document-texts", settings.text_list, name="settings-document-texts"),
                path("document-texts/<slug:kind>/<str:language>", settings.text, name="settings-document-text"),
            ),
        )
    )


def paper_entries(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the papers of a record for its menu."""
    kinds = [
        kind
        for kind in document_kinds
        if kind.object_name == spec.name
        and (not kind.module or module_is_on(actor.organization, kind.module))
        and kind.is_offered(actor, row)
    ]
    return [
        {
            "label": _("%(paper)s as PDF") % {"paper": kind.label},
            "url": f"/documents/{kind.name}/{row['id']}",
            "icon": "file-type-pdf",
            "opens": "dialog",
        }
        for kind in kinds
    ]
