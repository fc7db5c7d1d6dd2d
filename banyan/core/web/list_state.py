"""What a list's address asks for: view, filter, search, order, columns and form of display."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.layouts.models import Device
from banyan.core.layouts.resolution import device_at_hand, layout_for
from banyan.core.listing.fields import open_fields, shown_fields, sortable_by
from banyan.core.listing.filters import Group, Node, join, parse_parameters, parse_tree, tree_to_json
from banyan.core.listing.query import ListRequest
from banyan.core.listing.views import View, default_view, list_views, open_views
from banyan.core.objects.kinds import Money
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.spec import ObjectSpec

TABLE, BOARD, CALENDAR, FORECAST = "table", "board", "calendar", "forecast"
#: Parameters that are no conditions on fields.
RESERVED = {
    "view",
    "filter",
    "search",
    "sort",
    "display",
    "cursor",
    "panel",
    "group",
    "column",
    "start",
    "end",
    "month",
    "by",
}
ROWS_PER_PAGE = 50
ALL = "all"
PINNED_VIEWS = "pinned_views"
#: Ends the key of columns that are for phones alone.
ON_PHONE = "@phone"


@dataclass(frozen=True)
class ListState:
    """A list as its address describes it; ``parameters`` are the address's own, without cursor and panel."""

    actor: Actor
    spec: ObjectSpec
    parameters: QueryDict
    views: Sequence[View]
    view: View | None
    filter: Node | None
    search: str
    sort: tuple[str, ...]
    columns: tuple[str, ...]
    display: str
    has_default: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Say whether less than everything is shown."""
        return bool(self.search) or self.filter is not None

    @property
    def columns_key(self) -> str:
        """Return under which name the person's choice of columns is kept."""
        return _columns_key(self.actor, self.spec, self.view)

    def request(self, *, cursor: str = "", limit: int = ROWS_PER_PAGE, extra: Iterable[str] = ()) -> ListRequest:
        """Return what to ask the listing for; ``extra`` fields are read besides the columns."""
        shown = shown_fields(self.actor, self.spec)
        wanted = tuple(name for name in dict.fromkeys((*self.columns, *extra)) if name in shown)
        return ListRequest(self.filter, self.search, self.sort, wanted, limit, cursor)

    def query(self, **changes: str | None) -> str:
        """Return the address's parameters with some changed, or taken away by None."""
        changed = self.parameters.copy()
        for name, value in changes.items():
            if value is None:
                changed.pop(name, None)
            else:
                changed[name] = value
        return changed.urlencode()

    def url(self, path: str = "", **changes: str | None) -> str:
        """Return the address of the list, or of a part of it, with some parameters changed."""
        query = self.query(**changes)
        return f"/{self.spec.plural}{path}{'?' + query if query else ''}"

    def url_with_filter(self, node: Node | None) -> str:
        """Return the address of the list with another filter instead of the view's and the address's."""
        bare = QueryDict(mutable=True)
        for name in ("view", "search", "sort", "display", "group"):
            if self.parameters.get(name):
                bare[name] = self.parameters.get(name, "")
        keeps_nothing = node is None or node == Group()
        if not keeps_nothing or (self.view is not None and self.view.filter is not None):
            bare["filter"] = json.dumps(tree_to_json(node), ensure_ascii=False, separators=(",", ":"))
        query = bare.urlencode()
        return f"/{self.spec.plural}{'?' + query if query else ''}"

    def with_filter(self, node: Node) -> ListState:
        """Return the state limited further."""
        return replace(self, filter=join(self.filter, node))


def read_state(actor: Actor, spec: ObjectSpec, parameters: QueryDict) -> ListState:
    """Read a list's address; raise ``Invalid`` when its filter cannot be understood."""
    views = in_front(actor, spec, list_views(actor, spec))
    # Only a shared view can be the first one of a role; most lists have none, and need not ask.
    may_have_default = "view" not in parameters and any(
        view.is_shared_with_others and not view.is_preset for view in views
    )
    usual = default_view(actor, spec) if may_have_default else None
    view = usual or next((view for view in views if view.key == parameters.get("view")), None)
    given = parameters.copy()
    for name in ("cursor", "panel"):
        given.pop(name, None)
    own_filter = _filter_of(parameters) if "filter" in parameters else view.filter if view else None
    plain = {
        name: values
        for name, values in parameters.lists()
        if name not in RESERVED and _field_name(name) in spec.all_fields
    }
    conditions = parse_parameters(plain, spec) if plain else None
    sort = tuple(name for name in parameters.get("sort", "").split(",") if name)
    usual_sort = (view.sort if view else ()) or tuple(filter(None, spec.sort.split(",")))
    search = parameters.get("search", view.search if view else "").strip()
    return ListState(
        actor=actor,
        spec=spec,
        parameters=given,
        views=open_views(actor, spec, views),
        view=view,
        filter=join(own_filter, conditions),
        search=search,
        sort=sort or sortable_by(actor, spec, usual_sort),
        columns=_columns(actor, spec, view),
        display=_display(actor, spec, view, parameters),
        has_default=usual is not None,
    )


def in_front(actor: Actor, spec: ObjectSpec, views: Sequence[View]) -> list[View]:
    """Return views with those first that the person has pinned to the front."""
    pinned = pinned_views(actor, spec)
    places = {key: place for place, key in enumerate(pinned)}
    return sorted(views, key=lambda view: places.get(view.key, len(pinned)))


def pinned_views(actor: Actor, spec: ObjectSpec) -> list[str]:
    """Return the keys of the views that the person has pinned to the front of the object's tabs."""
    own = (actor.user.preferences or {}).get(PINNED_VIEWS, {}) if actor.user else {}
    return [str(key) for key in own.get(spec.name, [])]


def reading_columns(spec: ObjectSpec, names: Iterable[str]) -> tuple[str, ...]:
    """Return what has to be read so that the named columns can be shown: title, version, number, currencies."""
    names = list(names)
    needed = ["version", "number", spec.title]
    for name in names:
        kind = spec.all_fields[name].kind if name in spec.all_fields else None
        if isinstance(kind, Money) and kind.currency_field in spec.all_fields:
            needed.append(kind.currency_field)
    return tuple(dict.fromkeys(name for name in needed if name in spec.all_fields))


def _filter_of(parameters: QueryDict) -> Node | None:
    text = parameters.get("filter") or "{}"
    try:
        node = parse_tree(json.loads(text))
    except ValueError:
        raise Invalid([FieldError("filter", "not_json", _("The filter in this address is not readable."))]) from None
    return None if node == Group() else node


def _field_name(parameter: str) -> str:
    return parameter.partition("__")[0].partition(".")[0]


def _columns(actor: Actor, spec: ObjectSpec, view: View | None) -> tuple[str, ...]:
    own = (actor.user.preferences or {}).get("columns", {}) if actor.user else {}
    key = _columns_key(actor, spec, view)
    plan = layout_for(actor, spec)
    laid = plan.columns if plan else ()
    of_view = view.columns if view else ()
    # A list laid out for phones is so for every view: its columns were chosen for the width.
    chosen = own.get(key) or ((laid or of_view) if key.endswith(ON_PHONE) else (of_view or laid)) or spec.columns
    readable = shown_fields(actor, spec)
    shown = tuple(name for name in chosen if name in readable)
    return shown or (spec.title,)


def _columns_key(actor: Actor, spec: ObjectSpec, view: View | None) -> str:
    """Return the key of a person's own columns; on phones they are others where the list is laid out for phones."""
    key = f"{spec.name}:{view.key if view else ALL}"
    if device_at_hand() != Device.PHONE:
        return key
    phone, desktop = layout_for(actor, spec, "", Device.PHONE), layout_for(actor, spec, "", Device.DESKTOP)
    has_own = phone is not None and phone.columns and (desktop is None or desktop.columns != phone.columns)
    return f"{key}{ON_PHONE}" if has_own else key


def has_forecast(actor: Actor, spec: ObjectSpec) -> bool:
    """Say whether the list can be shown by the periods of a forecast."""
    if spec.forecast is None or (spec.forecast.module and not module_is_on(actor.organization, spec.forecast.module)):
        return False
    shown = shown_fields(actor, spec)
    return spec.forecast.date in shown and spec.board is not None


def _display(actor: Actor, spec: ObjectSpec, view: View | None, parameters: QueryDict) -> str:
    """Return how to show the list: as asked, as the view says, else a board for what moves through stages."""
    # Columns of a board, and days of a calendar, tell the field that makes them.
    seen = open_fields(actor, spec)
    has_board = spec.board is not None and spec.board.field in seen
    possible = {TABLE, *([BOARD] if has_board else []), *([CALENDAR] if spec.calendar else [])}
    if has_forecast(actor, spec):
        possible.add(FORECAST)
    usual = BOARD if has_board and spec.board and spec.board.group_field else TABLE
    of_view = "" if view is None or (view.is_preset and view.display == TABLE) else view.display
    for wanted in (parameters.get("display"), of_view):
        if wanted in possible:
            return str(wanted)
    return usual
