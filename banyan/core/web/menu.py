"""The frame around every page: main menu, create menu, who is signed in, unread notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope
from banyan.core.access.scopes import Action, Scope
from banyan.core.kernel.clock import now
from banyan.core.objects.modules import modules, specs_on
from banyan.core.objects.registry import objects
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.panels import MenuEntry, contributions, frame_notices, menu_entries, quick_actions, unread_counters

#: Objects stand in the menu between the entries that come first (my day) and those that come last (reports).
OBJECT_POSITION = 50
#: A short menu is read at a glance; a long one gets a heading for each module.
MOST_WITHOUT_SECTIONS = 10


def may(actor: Actor, spec: ObjectSpec, action: Action) -> bool:
    """Say whether the actor may do something with at least some records of an object."""
    return effective_scope(actor, spec, action) is not Scope.NONE


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what ``base.html`` needs besides the page itself."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return {
        "actor": person(actor),
        "language": actor.language,
        "menu": menu(actor, request.path),
        "quick_create": quick_create(actor),
        "unread_count": sum(count(actor) for count in unread_counters),
        "notices": [found for notice in frame_notices if (found := notice(actor)) is not None],
        "messages": take_messages(request),
        "looking_as": looking_as(actor),
        "print_mark": print_mark(actor),
    }


def print_mark(actor: Actor) -> str:
    """Return what stands below a page on paper: who looked at it, and when."""
    at = now().astimezone(ZoneInfo(actor.time_zone))
    return f"{actor.organization.name} · {actor.person.name if actor.person else ''} · {at:%Y-%m-%d %H:%M}"


def looking_as(actor: Actor) -> str:
    """Return what is said while somebody looks as another person; an empty text otherwise."""
    if actor.watched_by is None or actor.user is None:
        return ""
    if actor.watched_by.pk == actor.user.pk:
        role = ", ".join(role.name for role in actor.standings[0].roles)
        return _("You see the pages with the role “%(role)s” alone. Nothing can be changed.") % {"role": role}
    return _("You see the pages as %(name)s sees them. Nothing can be changed.") % {"name": actor.user.name}


def person(actor: Actor) -> dict[str, Any]:
    """Return who is signed in, as templates read it."""
    user = actor.user
    return {
        "name": user.name if user else "",
        "organization": actor.organization.name,
        "language": actor.language,
        "theme": user.theme if user else "auto",
        "image": "",
    }


def menu(actor: Actor, path: str) -> list[dict[str, Any]]:
    """Return the entries of the main menu that the actor may open, the current one marked.

    A long menu has sections: a page of a module stands with the objects of its module, and what is alone under a heading
    that says the same stands above them all, without it.
    """
    shown = menu_objects(actor)
    on_phone = _on_phone(shown)
    is_long = len(shown) > MOST_WITHOUT_SECTIONS
    sections = _sections(shown) if is_long else {}
    homes = {spec.module: sections[spec.name] for spec in shown} if is_long else {}
    places = list(dict.fromkeys(sections.values()))
    entries: list[tuple[tuple[int, ...], dict[str, Any]]] = []
    for entry in contributions(menu_entries, actor):
        if not entry.may(actor):
            continue
        section = _home(entry, homes, places) if is_long else ""
        # Numbers of the whole company keep their place at the end, unless their module has objects to stand with.
        place = (
            (OBJECT_POSITION, places.index(section), _module_position(entry.module), 1)
            if section in places
            else (entry.position,)
        )
        entries.append(
            (
                place,
                {
                    "label": str(entry.label), "url": entry.url, "icon": entry.icon, "section": section,
                    "phone": entry.phone, "count": entry.count(actor) if entry.count else None,
                },
            )
        )  # fmt: skip
    for spec in shown:
        section = sections.get(spec.name, "")
        place = (
            (OBJECT_POSITION, places.index(section), _module_position(spec.module), 0)
            if section
            else (OBJECT_POSITION,)
        )
        entries.append(
            (
                place,
                {
                    "label": str(spec.label_plural), "url": f"/{spec.plural}", "icon": spec.icon, "section": section,
                    "phone": spec.name in on_phone,
                },
            )
        )  # fmt: skip
    ordered = _without_lonely_headings([entry for _place, entry in sorted(entries, key=lambda pair: pair[0])])
    current = max((entry["url"] for entry in ordered if _leads_to(entry["url"], path)), key=len, default=None)
    return [{**entry, "active": entry["url"] == current} for entry in ordered]


def _home(entry: MenuEntry, homes: Mapping[str, str], places: list[str]) -> str:
    """Return the section of a page: that of its module's objects, or else of its module, if it has any; or its own."""
    module = modules.get(entry.module)
    own = str(module.section) if module else ""
    return homes.get(entry.module) or (own if own in places else str(entry.section))


def _without_lonely_headings(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries with those first, without a heading, whose section would hold nothing but their own name."""
    sizes = Counter(entry["section"] for entry in entries)
    lonely = [entry for entry in entries if entry["section"] == entry["label"] and sizes[entry["section"]] == 1]
    if not lonely:
        return entries
    first = next(place for place, entry in enumerate(entries) if entry["section"])
    others = [entry for entry in entries[first:] if entry not in lonely]
    return [*entries[:first], *({**entry, "section": ""} for entry in lonely), *others]


def _sections(shown: list[ObjectSpec]) -> dict[str, str]:
    """Return the section of the menu that each object stands in.

    A section that is called like an object follows the organization's own word for it.
    """
    own = {str(objects[spec.name].label_plural): str(spec.label_plural) for spec in shown if spec.name in objects}
    found = {}
    for spec in shown:
        module = modules.get(spec.module)
        label = str(module.section or module.label) if module else ""
        found[spec.name] = own.get(label, label)
    return found


def _module_position(name: str) -> int:
    """Return the place of a module within its section."""
    module = modules.get(name)
    return module.position if module else 0


def _on_phone(shown: list[ObjectSpec]) -> set[str]:
    """Return the objects within reach of the thumb: the first, and the first whose worth moves through stages."""
    moving = [spec.name for spec in shown if spec.board and spec.board.total]
    return {spec.name for spec in shown[:1]} | set(moving[:1])


def menu_objects(actor: Actor) -> list[ObjectSpec]:
    """Return the objects that have an entry in the actor's menu."""
    return [spec for spec in specs_on(actor.organization).values() if spec.in_menu and may(actor, spec, Action.VIEW)]


def quick_create(actor: Actor) -> list[dict[str, Any]]:
    """Return the entries of the create menu: registered actions and every object that may be created."""
    actions = [
        {"label": str(entry.label), "url": entry.url, "icon": entry.icon, "key": entry.key, "opens": entry.opens}
        for entry in contributions(quick_actions, actor)
        if entry.may(actor)
    ]
    taken = {entry.creates for entry in contributions(quick_actions, actor)}
    for spec in menu_objects(actor):
        url = f"/{spec.plural}/new"
        if spec.name not in taken and may(actor, spec, Action.CREATE):
            actions.append({"label": str(spec.label), "url": url, "icon": spec.icon, "key": "", "opens": "dialog"})
    return actions


def leave_message(request: HttpRequest, text: str, *, kind: str = "success", undo_url: str = "") -> None:
    """Keep a message for the next page that the person sees."""
    waiting = request.session.get("messages", [])
    request.session["messages"] = [*waiting[-4:], {"text": text, "kind": kind, "undo_url": undo_url}]


def take_messages(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the messages that wait, and forget them."""
    return request.session.pop("messages", []) if "messages" in request.session else []


def _leads_to(url: str, path: str) -> bool:
    return url == path or (url != "/" and path.startswith(f"{url.rstrip('/')}/"))
