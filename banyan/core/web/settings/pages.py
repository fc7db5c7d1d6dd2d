"""The pages of the settings: which there are, who may open them, and the frame they stand in.

An app adds its own in ``wiring.py`` by ``register_settings_page``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_own_eyes
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import BASIC, module_is_on
from banyan.core.web.answers import done, page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import PaletteEntry, palette_entries
from banyan.core.web.plain_forms import form_answer

HOME = "/settings/"
#: The headings of the side menu, in order.
GROUPS = {
    "me": gettext_lazy("My settings"),
    "organization": gettext_lazy("Organization"),
    "people": gettext_lazy("People and rights"),
    "security": gettext_lazy("Security"),
    "objects": gettext_lazy("Objects and fields"),
    "rules": gettext_lazy("Rules and processes"),
    "system": gettext_lazy("System"),
}


@dataclass(frozen=True)
class SettingsPage:
    """A page of the settings.

    ``ability`` is the right it needs, ``may`` any further condition; ``group`` one of ``GROUPS``.
    ``routes`` are addresses below ``/settings/`` that belong to it; ``words`` help the palette to find it.
    ``is_used`` is given by pages that small teams do not need: until it says yes, their menu shows them under "More".
    """

    name: str
    label: Any
    url: str
    icon: str
    group: str
    purpose: Any = ""
    ability: Ability | None = None
    may: Callable[[Actor], bool] = lambda actor: True
    module: str = ""
    words: tuple[Any, ...] = ()
    routes: tuple[URLPattern, ...] = ()
    is_used: Callable[[Actor], bool] | None = None

    def stands_aside(self, actor: Actor) -> bool:
        """Say whether the menu shows the page under "More": a small team does not use it so far."""
        return self.is_used is not None and actor.organization.edition == BASIC and not self.is_used(actor)

    def is_open_to(self, actor: Actor) -> bool:
        """Say whether somebody may open the page."""
        if self.module and not module_is_on(actor.organization, self.module):
            return False
        return (self.ability is None or actor.has(self.ability)) and self.may(actor)


settings_pages: Registry[SettingsPage] = Registry("settings pages")


def register_settings_page(entry: SettingsPage) -> None:
    """Add a page to the settings' menu and to the command palette."""
    settings_pages.add(entry.name, entry)
    palette = PaletteEntry(
        name=f"settings.{entry.name}",
        label=entry.label,
        url=entry.url,
        icon=entry.icon,
        words=(gettext_lazy("Settings"), *entry.words),
        position=800,
        module=entry.module,
        may=entry.is_open_to,
    )
    palette_entries.add(palette.name, palette)


def require_page(actor: Actor, name: str) -> SettingsPage:
    """Return a page of the settings; raise ``NotAllowed``, or ``Missing`` when its module is off."""
    entry = settings_pages[name]
    if entry.module and not module_is_on(actor.organization, entry.module):
        raise Missing("not_found", _("There is no such page."))
    if not entry.is_open_to(actor):
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))
    return entry


def settings_menu(actor: Actor, current: str = "") -> list[dict[str, Any]]:
    """Return the side menu: only what the actor may open, by groups, each with its ``more`` that stands aside."""
    groups = []
    for group, label in GROUPS.items():
        entries: list[dict[str, Any]] = []
        more: list[dict[str, Any]] = []
        for entry in settings_pages:
            if entry.group != group or not entry.is_open_to(actor):
                continue
            place = more if entry.name != current and entry.stands_aside(actor) else entries
            place.append(
                {
                    "label": str(entry.label), "url": entry.url, "icon": entry.icon, "purpose": str(entry.purpose),
                    "active": entry.name == current, "words": " ".join(map(str, entry.words)),
                }
            )  # fmt: skip
        if entries or more:
            groups.append({"label": str(label), "entries": entries or more, "more": more if entries else []})
    return groups


def settings_answer(
    request: SignedInRequest, name: str, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Return a page of the settings in its frame."""
    return page(request, template, {**frame_of(request, name), **(context or {})}, status=status)


def settings_form(request: SignedInRequest, name: str, form: forms.Form, *, title: str, **details: Any) -> HttpResponse:
    """Return a form in the settings' frame, or as a dialog when a script asked for one; see ``form_answer``."""
    return form_answer(request, form, title=title, frame=("settings/form.html", frame_of(request, name)), **details)


def frame_of(request: SignedInRequest, name: str) -> dict[str, Any]:
    """Return what the settings' frame needs besides the frame of every page."""
    entry = settings_pages[name]
    if entry.group == "me":
        require_own_eyes(request.actor)
    return {
        "settings_menu": settings_menu(request.actor, name),
        "settings_page": {"label": str(entry.label), "url": entry.url, "purpose": str(entry.purpose)},
    }


def saved(request: HttpRequest, text: str, url: str) -> HttpResponse:
    """Answer to a change that succeeded: a message, and the page that shows it."""
    return done(request, text, next_url=url, close_dialog=True, visit={"url": url})
