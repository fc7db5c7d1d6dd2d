"""What people meet in the product with a choice of modules, and what another choice would change about it.

Nothing is guessed: the same functions that make menu, pages and interface are asked twice, once as the organization is
and once as it would be.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.api.openapi.document import paths_of
from banyan.core.kernel.ids import new_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import (
    Mixture,
    Offer,
    Stopping,
    effective,
    modules,
    modules_of,
    offers,
    specs_on,
    stopping_finders,
)
from banyan.core.objects.registry import unremember
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.help.in_use import guide_for
from banyan.core.web.menu import menu, quick_create
from banyan.core.web.panels import contributions, palette_entries
from banyan.core.web.settings.pages import settings_menu

Things = dict[str, str]
OBJECTS, FIELDS = "objects", "fields"


def _menu(actor: Actor) -> Things:
    return {entry["url"]: entry["label"] for entry in menu(actor, "")}


def _creating(actor: Actor) -> Things:
    return {entry["url"]: entry["label"] for entry in quick_create(actor)}


def _objects(actor: Actor) -> Things:
    return {name: str(spec.label_plural) for name, spec in specs_on(actor.organization).items()}


def _settings(actor: Actor) -> Things:
    return {
        entry["url"]: entry["label"]
        for group in settings_menu(actor)
        for entry in (*group["entries"], *group["more"])
    }  # fmt: skip


def _pages(actor: Actor) -> Things:
    """Return the pages that the command palette knows besides the settings."""
    entries = (entry for entry in contributions(palette_entries, actor) if entry.may(actor))
    return {entry.url: str(entry.label) for entry in entries if not entry.name.startswith("settings.")}


def _fields(actor: Actor) -> Things:
    return {
        f"{name}.{entry.name}": _("%(object)s: %(field)s") % {"object": spec.label, "field": entry.label}
        for name, spec in specs_on(actor.organization).items()
        for entry in spec.all_fields.values()
    }


def _paths(actor: Actor) -> Things:
    return {path: path for path in paths_of(actor.organization)}


def _chapters(actor: Actor) -> Things:
    return {chapter.name: chapter.title for chapter in guide_for(actor.organization, actor.language).chapters}


KNOWN = (
    Offer("menu", gettext_lazy("Menu"), _menu, 10),
    Offer(OBJECTS, gettext_lazy("Objects"), _objects, 20),
    Offer("create", gettext_lazy("Create menu"), _creating, 30),
    Offer("pages", pgettext_lazy("module", "Pages"), _pages, 40),
    Offer(FIELDS, gettext_lazy("Fields"), _fields, 50),
    Offer("settings", gettext_lazy("Settings"), _settings, 70),
    Offer("help", gettext_lazy("Help"), _chapters, 80),
    Offer("api", gettext_lazy("REST interface"), _paths, 90),
)


@dataclass(frozen=True)
class Difference:
    """What of one kind comes and what goes, by label."""

    name: str
    label: Any
    comes: tuple[str, ...]
    goes: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """An object that goes, and how many of its records are kept."""

    label: str
    count: int


@dataclass(frozen=True)
class Preview:
    """What another choice of modules would change."""

    wanted: Mixture
    comes: tuple[str, ...]
    goes: tuple[str, ...]
    differences: tuple[Difference, ...]
    stopping: tuple[Stopping, ...]
    kept: tuple[Kept, ...]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing would be different."""
        return not (self.comes or self.goes)


def preview(actor: Actor, wanted: Mixture) -> Preview:
    """Return what would be different with other modules, as the actor would see it; changes nothing."""
    now_on, then_on = modules_of(actor.organization), effective(wanted)
    come, gone = then_on - now_on, now_on - then_on
    before = things_of(actor)
    with standing_with(actor, wanted) as other:
        after = things_of(other)
        left = specs_on(other.organization)
    going = {name: spec for name, spec in specs_on(actor.organization).items() if name not in left}
    return Preview(
        wanted=wanted,
        comes=_in_order(come),
        goes=_in_order(gone),
        differences=tuple(_differences(before, after)),
        stopping=tuple(_stopping(actor, frozenset(going), gone)),
        kept=tuple(_kept(actor, going)),
    )


@contextmanager
def standing_with(actor: Actor, wanted: Mixture) -> Iterator[Actor]:
    """Give the actor as they would be with other modules.

    The copy of the organization has an id of its own, so that no process takes what is made for it for the real one.
    """
    other = copy.copy(actor.organization)
    other.pk = new_id()
    other.edition, other.modules_on, other.modules_off = wanted.edition, sorted(wanted.on), sorted(wanted.off)
    try:
        yield replace(actor, organization=other)
    finally:
        unremember(other)


def things_of(actor: Actor) -> dict[str, Things]:
    """Return everything that an actor meets, by kind."""
    return {offer.name: dict(offer.read(actor)) for offer in _offers()}


def _offers() -> list[Offer]:
    return sorted((*KNOWN, *offers), key=lambda offer: offer.position)


def _differences(before: Mapping[str, Things], after: Mapping[str, Things]) -> Iterator[Difference]:
    stay = before[OBJECTS].keys() & after[OBJECTS].keys()
    for offer in _offers():
        old, new = before[offer.name], after[offer.name]
        if offer.name == FIELDS:
            # The fields of an object that comes or goes as a whole tell nothing.
            old, new = (
                {key: label for key, label in things.items() if key.partition(".")[0] in stay} for things in (old, new)
            )
        comes = tuple(label for key, label in new.items() if key not in old)
        goes = tuple(label for key, label in old.items() if key not in new)
        if comes or goes:
            yield Difference(offer.name, offer.label, _told_once(comes), _told_once(goes))


def _told_once(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels))


def _in_order(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in modules.keys() if name in names)  # noqa: SIM118 a registry yields its entries


def _stopping(actor: Actor, objects: frozenset[str], gone: frozenset[str]) -> Iterator[Stopping]:
    if gone:
        for find in stopping_finders:
            yield from find(actor, objects, gone)


def _kept(actor: Actor, going: Mapping[str, ObjectSpec]) -> Iterator[Kept]:
    for spec in going.values():
        count = live_rows(actor, spec).count()
        if count:
            yield Kept(str(spec.label_plural), count)
