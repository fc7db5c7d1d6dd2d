"""The list of any object: table, board or calendar, and the parts of it that load by themselves."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.listing.counting import count_rows, totals
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro, markup, page
from banyan.core.web.boards import board_of, board_switch
from banyan.core.web.calendars import calendar_of
from banyan.core.web.filtering import (
    FILTER_ID,
    chips_of,
    column_choices,
    displays_of,
    filter_builder,
    labels_for_state,
    tabs_of,
)
from banyan.core.web.forecasts import forecast_of, period_bar
from banyan.core.web.list_state import BOARD, CALENDAR, FORECAST, TABLE, ListState, read_state
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import import_ways_for
from banyan.core.web.presenting import Presenter
from banyan.core.web.tables import TABLE_ID, bulk_actions, columns_of, page_of_rows, summed_columns, table_of, totals_of
from banyan.core.web.views.base import object_page


@object_page("GET")
def list_page(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Show the list, in the form that its address, its view or its nature asks for."""
    state = read_state(request.actor, spec, request.GET)
    return page(request, "objects/list.html", {"page": list_context(state)})


def list_context(state: ListState) -> dict[str, Any]:
    """Return the keys of ``layout/list.html`` for a list."""
    spec, actor = state.spec, state.actor
    labels = labels_for_state(state)
    builder = filter_builder(state, labels)
    chips = chips_of(state, labels)
    context: dict[str, Any] = {
        "title": str(spec.label_plural),
        "actions": page_actions(state),
        "views": tabs_of(state),
        "new_view_url": state.url("/views/new"),
        "search": _search(state),
        "filter": builder,
        "filter_count": len(chips) - bool(state.search),
        "chips": chips,
        "clear_url": f"/{spec.plural}?view=all",
        "save_url": state.url("/views/new"),
        "switch": displays_of(state),
        "filter_id": FILTER_ID,
        "figures_url": state.url("/figures"),
    }
    if state.display == BOARD:
        context |= {"board": board_of(state), "boards": board_switch(state)}
        context["empty"] = None if context["board"]["columns"] else empty_state_of(state)
    elif state.display == FORECAST:
        context |= {"board": forecast_of(state), "periods": period_bar(state)}
    elif state.display == CALENDAR:
        context["calendar"] = calendar_of(state)
    else:
        table = table_of(state)
        context |= {"table": table, "columns": column_choices(state), "columns_url": state.url("/columns")}
        if not table["rows"]:
            context |= {"empty": empty_state_of(state), "figures_url": ""}
    context["may_create"] = may(actor, spec, Action.CREATE)
    return context


def page_actions(state: ListState) -> list[dict[str, Any]]:
    """Return the buttons beside the title: import and create."""
    spec, actor = state.spec, state.actor
    actions: list[dict[str, Any]] = []
    if spec.importable and spec.in_menu and may(actor, spec, Action.IMPORT):
        url = f"/imports/new?object={spec.name}"
        actions.append({"label": _("Import"), "url": url, "icon": "file-upload", "attrs": {"data-import": ""}})
    if may(actor, spec, Action.CREATE):
        actions.append(
            {
                "label": _("New %(name)s") % {"name": spec.noun},
                "url": f"/{spec.plural}/new",
                "icon": "plus",
                "opens": "dialog",
                "primary": True,
            }
        )
    return actions


def empty_state_of(state: ListState) -> dict[str, Any]:
    """Return what an empty list says: why it is empty, or what the object is for and how to begin."""
    spec = state.spec
    if state.is_narrowed:
        shown_all = {"label": _("Show all"), "url": f"/{spec.plural}?view=all", "icon": "filter-off"}
        return {
            "title": _("Nothing fits here"),
            "text": _("No record fits what the list is limited to. Take away a filter, or show everything."),
            "icon": "search",
            "actions": [shown_all],
        }
    return {
        "title": _("No %(name)s yet") % {"name": spec.noun_plural},
        "text": str(spec.description),
        "icon": spec.icon,
        "actions": [*reversed(page_actions(state)), *_import_ways(state)],
    }


def _import_ways(state: ListState) -> list[dict[str, Any]]:
    ways = import_ways_for(state.actor, state.spec.name)
    return [{"label": str(way.label), "url": way.url, "icon": way.icon} for way in ways]


@object_page("GET")
def rows_part(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with a page of rows: the first one for a refresh, a later one for "load more"."""
    state = read_state(request.actor, spec, request.GET)
    shown = page_of_rows(state, request.GET.get("cursor", ""))
    return markup(macro("components/table.html", "rows", shown))


@object_page("GET")
def figures_part(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the number of rows and the sums of the columns, which the list does not wait for."""
    state = read_state(request.actor, spec, request.GET)
    is_exact = request.GET.get("exact") == "1"
    count = count_rows(state.actor, spec, state.request(), exact=is_exact)
    text = str(count)
    shown = {"text": _("%(count)s in all") % {"count": text}}
    if not count.is_exact:
        shown["exact_url"] = state.url("/figures", exact="1")
    parts = [macro("components/navigation.html", "list_count", shown, oob=not is_exact)]
    if is_exact:
        return markup(*parts)
    if state.display != TABLE:
        return markup(*parts)
    is_selectable = bool(bulk_actions(state.actor, spec))
    if is_selectable:
        matching = {"id": TABLE_ID, "matching_count": text}
        parts.append(macro("components/table.html", "matching_button", matching, oob=True))
    names = summed_columns(state)
    if names:
        shown_page = {"columns": _bare_columns(state), "selectable": is_selectable}
        sums = totals_of(state, totals(state.actor, spec, state.request(), names=names))
        parts.insert(0, macro("components/table.html", "totals", {**shown_page, "totals": sums}))
    return markup(*parts)


def _bare_columns(state: ListState) -> list[dict[str, Any]]:
    """Return the columns as far as a row of totals needs them."""
    presenter = Presenter(state.actor, state.spec)
    return columns_of(state, presenter, presenter.visible(state.columns))


def _search(state: ListState) -> dict[str, Any]:
    hidden = [
        {"name": name, "value": value}
        for name, values in state.parameters.lists()
        for value in values
        if name != "search"
    ]
    placeholder = _("Search %(name)s") % {"name": state.spec.noun_plural}
    return {"value": state.search, "url": f"/{state.spec.plural}", "placeholder": placeholder, "hidden": hidden}
