"""My day: what the page shows, and its blocks that are short lists of records.

Apps register blocks as ``DayPanel``; most of them are a ``DayList``, a list with a filter, so that the
block and the list behind its title can never disagree. First steps guide an empty organization.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.languages import babel_locale
from banyan.core.kernel.registry import Registry
from banyan.core.listing.counting import count_rows
from banyan.core.listing.fields import sortable_by
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.list_state import reading_columns
from banyan.core.web.menu import may
from banyan.core.web.panels import (
    DayPanel,
    MenuEntry,
    RowAction,
    contributions,
    day_panels,
    day_row_actions,
    menu_entries,
    row_actions,
)
from banyan.core.web.presenting import Presenter, Row, presenter_for

logger = logging.getLogger(__name__)
ROWS_OF_A_BLOCK = 6
LINES_OF_A_TITLE = 2
NOON, EVENING = 12, 18
STEPS_DONE = "first_steps_done"
Tree = dict[str, Any]


@dataclass(frozen=True)
class DayList:
    """A block of my day: the first records of a list.

    ``filter`` is a filter tree, or makes one for an actor (for days counted from today).
    ``shows`` are the fields below a record's name, ``meta`` the one at the end of its line. ``tick``
    returns the address that a tick posts to. A block without records is left out unless ``empty``
    says something. ``create`` is the address of the form that adds one. ``begins`` offers beside each
    record what is begun from it (``day_row_actions``).
    """

    name: str
    title: Any
    object_name: str
    filter: Tree | Callable[[Actor], Tree]
    sort: str
    shows: tuple[str, ...] = ()
    meta: str = ""
    icon: str = ""
    empty: Any = ""
    create: str = ""
    tick: Callable[[Row], str] | None = None
    live: tuple[str, ...] = ()
    limit: int = ROWS_OF_A_BLOCK
    begins: bool = False

    def render(self, actor: Actor) -> Markup | None:
        """Return the block; None when its object is off, not allowed, or has nothing to say."""
        spec = specs_on(actor.organization).get(self.object_name)
        if spec is None or not may(actor, spec, Action.VIEW):
            return None
        shown = self._shown(actor, spec)
        if not shown["entries"] and not self.empty:
            return None
        return macro("components/day.html", "day_list", shown)

    def _shown(self, actor: Actor, spec: ObjectSpec) -> dict[str, Any]:
        access = Presenter(actor, spec)
        wanted = (*self.shows, *([self.meta] if self.meta else []))
        columns = tuple(entry.name for entry in access.visible((spec.title, *wanted)))
        tree = self.filter(actor) if callable(self.filter) else self.filter
        request = ListRequest(
            filter=parse_tree(tree),
            sort=sortable_by(actor, spec, self.sort.split(",")),
            columns=tuple(entry.name for entry in access.visible((*columns, *reading_columns(spec, columns)))),
            limit=self.limit,
        )
        page = list_rows(actor, spec, request)
        presenter = presenter_for(actor, spec, page.rows, page.labels)
        count = str(count_rows(actor, spec, request)) if page.next_cursor else str(len(page.rows))
        return {
            "name": self.name,
            "title": str(self.title),
            "icon": self.icon or spec.icon,
            "count": count if page.rows else "",
            "url": list_url(spec, tree, sort=self.sort),
            "create_url": self.create if may(actor, spec, Action.CREATE) else "",
            "live": " ".join(self.live or (spec.plural,)),
            "empty": str(self.empty),
            "entries": [self._entry(presenter, row) for row in page.rows],
        }

    def _entry(self, presenter: Presenter, row: Row) -> dict[str, Any]:
        spec, actor = presenter.spec, presenter.actor
        shown: dict[str, Any] = {"url": presenter.url(row["id"]), "title": presenter.title(row)}
        texts = [presenter.cell(entry, row).get("text") or "" for entry in presenter.visible(self.shows)]
        shown["subtitle"] = " · ".join(text for text in texts if text)
        for entry in presenter.visible([self.meta] if self.meta else []):
            shown["meta"] = presenter.cell(entry, row)
        if self.tick is not None and may(actor, spec, Action.EDIT):
            shown["tick_url"] = self.tick(row)
        logging = [action for action in contributions(row_actions, actor, spec.name) if action.logs]
        shown["actions"] = _actions(actor, spec, row, logging)
        if self.begins:
            shown["begins"] = _actions(actor, spec, row, contributions(day_row_actions, actor, spec.name))
        return shown


def _actions(actor: Actor, spec: ObjectSpec, row: Row, actions: Iterable[RowAction]) -> list[dict[str, Any]]:
    return [
        {"label": str(action.label), "icon": action.icon, "url": action.url(spec, row["id"]), "opens": action.opens}
        for action in actions
        if action.may(actor)
    ]


@dataclass(frozen=True)
class FirstStep:
    """Something a new organization does first; ``is_done`` says whether it was."""

    name: str
    label: Any
    text: Any
    url: str
    icon: str
    is_done: Callable[[Actor], bool]
    may: Callable[[Actor], bool]
    opens: str = "dialog"
    position: int = 100
    module: str = ""
    objects: tuple[str, ...] = field(default=())


first_steps: Registry[FirstStep] = Registry("first steps")


def register_menu_entry() -> None:
    """Put my day first into the main menu."""
    menu_entries.add("day", MenuEntry("day", gettext_lazy("My day"), "/", "sun", position=1, phone=True))


def list_url(spec: ObjectSpec, tree: Tree, *, sort: str = "") -> str:
    """Return the address of the table of exactly the records that a filter lets through."""
    query = {"filter": json.dumps(tree, separators=(",", ":")), "display": "table"}
    return f"/{spec.plural}?{urlencode({**query, **({'sort': sort} if sort else {})})}"


def greeting(actor: Actor, *, moment: datetime | None = None) -> dict[str, str]:
    """Return how to greet somebody at this hour, with the day in words."""
    local = (moment or now()).astimezone(ZoneInfo(actor.time_zone))
    name = actor.user.name if actor.user else ""
    if local.hour < NOON:
        text = _("Good morning, %(name)s")
    else:
        text = _("Good afternoon, %(name)s") if local.hour < EVENING else _("Good evening, %(name)s")
    pattern = "M月d日 EEEE" if actor.language.startswith("zh") else "EEEE, MMMM d"
    return {"text": text % {"name": name}, "day": format_date(local, pattern, locale=babel_locale(actor.language))}


def blocks(actor: Actor, column: str) -> Markup:
    """Return the blocks of one column of my day, one below the other."""
    return Markup().join(_parts(actor, column))


def columns(actor: Actor) -> tuple[Markup, Markup]:
    """Return the wide and the narrow column of my day.

    Whoever has little to do in the wide one finds there what would make the narrow one long: the last of its
    blocks, as long as that makes the page shorter.
    """
    main, side = _parts(actor, "main"), _parts(actor, "side")
    while len(side) > 1 and _lines(main) + _lines(side[-1:]) < _lines(side):
        main.append(side.pop())
    return Markup().join(main), Markup().join(side)


def _parts(actor: Actor, column: str) -> list[Markup]:
    found = [rendered(panel, actor) for panel in contributions(day_panels, actor) if panel.column == column]
    return [part for part in found if part]


def _lines(parts: list[Markup]) -> int:
    """Return about how many lines blocks are high: their entries, and a title each."""
    return sum(part.count("<li") + LINES_OF_A_TITLE for part in parts)


def rendered(panel: DayPanel, actor: Actor) -> Markup | None:
    """Return a block; none whose records are chosen by a field that the actor may not see: it would tell the field."""
    try:
        return panel.render(actor)
    except Invalid as problem:
        logger.info("Block %s of my day is left out: %s", panel.name, problem)
        return None


def steps(actor: Actor) -> list[dict[str, Any]]:
    """Return the first steps with what is done; none once all are done or the person put them away."""
    if actor.user is None or actor.user.preferences.get(STEPS_DONE):
        return []
    found = [
        {
            "label": str(step.label),
            "text": str(step.text),
            "url": step.url,
            "icon": step.icon,
            "opens": step.opens,
            "done": step.is_done(actor),
        }
        for step in sorted(first_steps, key=lambda step: step.position)
        if (not step.module or module_is_on(actor.organization, step.module)) and step.may(actor)
    ]
    if found and all(step["done"] for step in found):
        put_steps_away(actor)
        return []
    return found


def put_steps_away(actor: Actor) -> None:
    """Remember that the person needs the first steps no more."""
    if actor.user is not None:
        preferences = {**actor.user.preferences, STEPS_DONE: True}
        User.objects.filter(pk=actor.user.pk).update(preferences=preferences)
