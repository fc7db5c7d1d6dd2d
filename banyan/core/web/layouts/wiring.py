"""Registers the page of types and layouts, and what the log of the set-up calls them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.layouts.models import Layout, RecordType
from banyan.core.objects.customising import customisable
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.layouts.urls import routes
from banyan.core.web.settings.object_pages import ObjectPage, register_object_page
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import name_values, subjects

WORDS = {
    "labels": _("Names"),
    "icon": _("Icon"),
    "color": _("Colour"),
    "position": _("Position"),
    "default_for": _("First choice of"),
    "choices": _("Values offered"),
    "order": _("Sequence"),
    "placed_fields": _("Fields"),
    "needed_fields": _("Must be filled in"),
    "columns": _("Columns of lists"),
    "blocks": _("Beside the fields"),
    "arrangement": _("Arrangement"),
}


def _made_for(spec: ObjectSpec) -> int:
    types = RecordType.objects.filter(object_name=spec.name, is_active=True)
    return Layout.objects.filter(object_name=spec.name).count() + types.count()


def register() -> None:
    """Register the page and the words."""
    register_settings_page(
        SettingsPage(
            "layouts", _("Types and layouts"), "/settings/layouts", "layout-list", "objects",
            _("Kinds of records, and what their forms and pages show"), ability=Ability.CUSTOMISE, routes=routes,
            words=(_("Record types"), _("Page layout"), _("Form")),
        )
    )  # fmt: skip
    register_object_page(
        ObjectPage(
            "layouts", _("Types and layouts"), "layout-list", 20, lambda spec: f"/settings/layouts/{spec.name}",
            count=_made_for, fits=lambda spec: customisable(spec) and spec.has_page,
        )
    )  # fmt: skip
    subjects.add("record_type", _("Record type"))
    subjects.add("layout", _("Layout"))
    name_values(WORDS)
