"""What other apps add to the pages: panels, menu entries, actions, timeline entries, composers.

Each registers in its ``wiring.py``; pages show what is registered, in order of ``position``, for modules that are on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from django.db.models import Model

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import modules_of
from banyan.core.objects.presence import tables_with_rows
from banyan.core.objects.spec import ObjectSpec

Row = Mapping[str, Any]
#: How a row action is carried out that asks nothing.
POST = "post"


class Contribution(Protocol):
    """What all registered entries have in common."""

    @property
    def objects(self) -> tuple[str, ...]:
        """Return the names of the objects it is for; none means all."""

    @property
    def module(self) -> str:
        """Return the module that must be on; an empty text means any."""

    @property
    def position(self) -> int:
        """Return where it stands among its kind."""


class SourceOfRows(Protocol):
    """What tells of a record from the rows that another table has at it."""

    @property
    def table(self) -> type[Model] | None:
        """Return the registered table without whose rows there is nothing to tell; None to be asked always."""


@dataclass(frozen=True)
class RecordPanel:
    """A part of a record's page: ``render`` returns markup, or None when there is nothing to show.

    ``place`` is ``children`` (right column) or ``before`` (above everything). ``covers`` names objects that it
    lists, so that they need no list of their own. ``label`` is what it is called by those who lay out the page. ``table``
    is as in ``TimelineSource``.
    """

    name: str
    render: Callable[[Actor, ObjectSpec, Row], Any]
    objects: tuple[str, ...] = ()
    place: str = "children"
    position: int = 100
    module: str = ""
    covers: tuple[str, ...] = ()
    label: Any = ""
    table: type[Model] | None = None


@dataclass(frozen=True)
class DayPanel:
    """A part of the page "my day"; ``render`` returns markup or None. ``column`` is ``top``, ``main`` or ``side``."""

    name: str
    render: Callable[[Actor], Any]
    column: str = "main"
    position: int = 100
    module: str = ""
    objects: tuple[str, ...] = ()


@dataclass(frozen=True)
class FrameNotice:
    """A warning above every page until its cause is gone; ``kind`` is info, warning or error.

    ``post_url`` and ``post_label`` give it a button for something that is done at once.
    """

    text: str
    url: str
    link: str
    kind: str = "warning"
    post_url: str = ""
    post_label: str = ""


@dataclass(frozen=True)
class MenuEntry:
    """An entry of the main menu beside the objects; ``may`` says who sees it, ``phone`` puts it into the bottom bar."""

    name: str
    label: Any
    url: str
    icon: str
    section: Any = ""
    position: int = 100
    module: str = ""
    phone: bool = False
    may: Callable[[Actor], bool] = lambda actor: True
    count: Callable[[Actor], int | None] | None = None
    objects: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuickAction:
    """An entry of the create menu and the command palette; ``opens`` is ``dialog``, ``panel`` or empty for a page.

    ``creates`` names the object that it makes, whose plain form needs no entry then.
    """

    name: str
    label: Any
    url: str
    icon: str
    key: str = ""
    opens: str = "dialog"
    position: int = 100
    module: str = ""
    may: Callable[[Actor], bool] = lambda actor: True
    words: tuple[Any, ...] = ()
    objects: tuple[str, ...] = ()
    creates: str = ""


@dataclass(frozen=True)
class PaletteEntry:
    """A page that the command palette finds by its label or further ``words``."""

    name: str
    label: Any
    url: str
    icon: str
    words: tuple[Any, ...] = ()
    position: int = 100
    module: str = ""
    may: Callable[[Actor], bool] = lambda actor: True
    objects: tuple[str, ...] = ()


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened to a record; ``shown`` has the keys of the component ``entry`` besides the time.

    Of what is said to be of a whole day, no time is shown.
    """

    at: datetime
    id: uuid.UUID
    shown: dict[str, Any]
    is_whole_day: bool = False


@dataclass(frozen=True)
class TimelineAddition:
    """What an app adds to entries that others load: ``load`` gets the references that entries give as ``about``.

    It returns further keys of the component ``entry`` for those it knows something of.
    """

    name: str
    load: Callable[[Actor, Sequence[str]], Mapping[str, dict[str, Any]]]
    objects: tuple[str, ...] = ()
    position: int = 100
    module: str = ""


@dataclass(frozen=True)
class TimelineQuestion:
    """Which entries a page wants: of which record, before which instant, at most how many."""

    actor: Actor
    spec: ObjectSpec
    record_id: uuid.UUID
    before: datetime | None = None
    limit: int = 50


@dataclass(frozen=True)
class TimelineSource:
    """Where entries of a record's timeline come from; ``load`` returns them newest first.

    ``covers`` names objects that the timeline shows, so that they need no list of their own beside it. ``has_tab`` says
    whether an object's entries of this kind can be looked at alone. ``table`` is registered with
    ``register_tables_at_records``: where it has no row at a record, ``load`` is not called.
    """

    name: str
    label: Any
    icon: str
    load: Callable[[TimelineQuestion], Sequence[TimelineEntry]]
    objects: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    position: int = 100
    module: str = ""
    has_tab: Callable[[ObjectSpec], bool] = lambda spec: True
    table: type[Model] | None = None


@dataclass(frozen=True)
class Composer:
    """The box above a timeline; ``build`` returns the keys of the component ``composer``, or None."""

    name: str
    build: Callable[[Actor, ObjectSpec, Row], dict[str, Any] | None]
    objects: tuple[str, ...] = ()
    position: int = 100
    module: str = ""


@dataclass(frozen=True)
class RowAction:
    """An action on one record in lists, on cards and in its header.

    ``url`` gets the object and the record's id. ``opens`` is ``dialog``, ``panel``, empty for a page, or ``post``
    for what is done at once, which only lists offer. ``logs`` marks the one that logs a follow-up.
    """

    name: str
    label: Any
    icon: str
    url: Callable[[ObjectSpec, uuid.UUID], str]
    may: Callable[[Actor], bool] = lambda actor: True
    opens: str = "dialog"
    logs: bool = False
    objects: tuple[str, ...] = ()
    position: int = 100
    module: str = ""


@dataclass(frozen=True)
class RecordMenu:
    """Entries of a record's menu that depend on the record; ``build`` returns ``{label, url, icon, opens}`` of each."""

    name: str
    build: Callable[[Actor, ObjectSpec, Row], Sequence[Mapping[str, Any]]]
    objects: tuple[str, ...] = ()
    position: int = 100
    module: str = ""


@dataclass(frozen=True)
class BulkOffer:
    """Something to do with selected rows of a list; ``opens`` is ``dialog``, or empty for what is done at once."""

    name: str
    label: Any
    icon: str
    url: str
    may: Callable[[Actor], bool] = lambda actor: True
    opens: str = "dialog"
    objects: tuple[str, ...] = ()
    position: int = 100
    module: str = ""


@dataclass(frozen=True)
class DueField:
    """A date that is late once it has passed, while the fields in ``open_when`` have one of these values."""

    name: str
    objects: tuple[str, ...]
    field: str
    open_when: Mapping[str, tuple[Any, ...]] = with_default(default_factory=dict)
    position: int = 100
    module: str = ""


@dataclass(frozen=True)
class ImportWay:
    """A way to bring in records beside the import of one file; offered where there are none yet, and where files are chosen."""

    name: str
    label: Any
    url: str
    icon: str
    objects: tuple[str, ...] = ()
    may: Callable[[Actor], bool] = lambda actor: True


def import_ways_for(actor: Actor, object_name: str) -> list[ImportWay]:
    """Return the ways open to somebody for an object."""
    return [way for way in import_ways if (not way.objects or object_name in way.objects) and way.may(actor)]


import_ways: Registry[ImportWay] = Registry("import ways")
record_panels: Registry[RecordPanel] = Registry("record panels")
day_panels: Registry[DayPanel] = Registry("day panels")
menu_entries: Registry[MenuEntry] = Registry("menu entries")
quick_actions: Registry[QuickAction] = Registry("quick actions")
palette_entries: Registry[PaletteEntry] = Registry("palette entries")
timeline_sources: Registry[TimelineSource] = Registry("timeline sources")
timeline_additions: Registry[TimelineAddition] = Registry("timeline additions")
composers: Registry[Composer] = Registry("composers")
row_actions: Registry[RowAction] = Registry("row actions")
#: What else one begins from a record in the blocks of my day, such as an opportunity of a new customer.
day_row_actions: Registry[RowAction] = Registry("day row actions")
record_menus: Registry[RecordMenu] = Registry("record menus")
bulk_offers: Registry[BulkOffer] = Registry("bulk offers")
due_fields: Registry[DueField] = Registry("due fields")

#: How many unread notices a person has; the app that keeps them registers it.
frame_notices: Registry[Callable[[Actor], FrameNotice | None]] = Registry("frame notices")
unread_counters: Registry[Callable[[Actor], int]] = Registry("unread counters")

Entry = TypeVar("Entry", bound=Contribution)
Source = TypeVar("Source", bound=SourceOfRows)


def with_rows(sources: Iterable[Source], actor: Actor, object_name: str, record_id: uuid.UUID) -> list[Source]:
    """Return the sources that can have something to say of a record: those whose table has rows at it, or that name none."""
    sources = list(sources)
    if not any(source.table for source in sources):
        return sources
    present = tables_with_rows(actor.organization_id, object_name, record_id)
    return [source for source in sources if source.table is None or source.table in present]


def contributions(registry: Registry[Entry], actor: Actor, object_name: str = "") -> list[Entry]:
    """Return the entries for an object (or for no object in particular) whose module is on, in order."""
    return list(_chosen(registry, registry.revision, modules_of(actor.organization), object_name))


@lru_cache(maxsize=2_000)
def _chosen(registry: Registry[Entry], revision: int, modules_on: frozenset[str], object_name: str) -> list[Entry]:
    chosen = [
        entry
        for entry in registry
        if (not entry.module or entry.module in modules_on)
        and (not object_name or not entry.objects or object_name in entry.objects)
    ]
    return sorted(chosen, key=lambda entry: entry.position)
