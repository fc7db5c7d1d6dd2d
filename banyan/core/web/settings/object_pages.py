"""The settings of one object beside each other, so that whoever shapes it goes from one to the next in a click.

A room whose settings are about objects registers its page; see ``ObjectPage``. A page that lists what there is of all
objects shows only one of them when its address says ``?object=NAME``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import settings_pages

#: The parameter of an address that narrows a page to one object.
OBJECT = "object"


@dataclass(frozen=True)
class ObjectPage:
    """A page of the settings as it is for one object.

    ``name`` is that of its ``SettingsPage``, which says who may open it; ``url`` leads to what there is of the object,
    ``count`` says how many things that are, ``fits`` whether the object can have any.
    """

    name: str
    label: Any
    icon: str
    position: int
    url: Callable[[ObjectSpec], str]
    count: Callable[[ObjectSpec], int] | None = None
    fits: Callable[[ObjectSpec], bool] = lambda _spec: True


object_pages: Registry[ObjectPage] = Registry("object pages")


def register_object_page(entry: ObjectPage) -> None:
    """Add a page to those of every object that it fits."""
    object_pages.add(entry.name, entry)


def narrowed(url: str) -> Callable[[ObjectSpec], str]:
    """Return the address of a list of all objects' things, narrowed to one object."""
    return lambda spec: f"{url}?{OBJECT}={spec.name}"


def wanted_object(request: SignedInRequest) -> ObjectSpec | None:
    """Return the object to which an address narrows a page; None for all of them."""
    return specs_on(request.actor.organization).get(request.GET.get(OBJECT, ""))


def object_strip(actor: Actor, spec: ObjectSpec | None, current: str) -> dict[str, Any] | None:
    """Return the pages of an object that somebody may open, for the strip above each of them; None without an object."""
    if spec is None:
        return None
    entries = [
        {
            "label": str(entry.label),
            "icon": entry.icon,
            "url": entry.url(spec),
            "count": entry.count(spec) if entry.count else 0,
            "active": entry.name == current,
        }
        for entry in sorted(object_pages, key=lambda entry: entry.position)
        if entry.name in settings_pages and settings_pages[entry.name].is_open_to(actor) and entry.fits(spec)
    ]
    label = _("Settings of %(object)s") % {"object": spec.label_plural}
    return {"label": label, "name": str(spec.label_plural), "icon": spec.icon, "entries": entries}
