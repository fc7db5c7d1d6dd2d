"""Forecasts: their parts that load again, and moving what is on them from one period to another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Missing, Refused, Unconfirmed
from banyan.core.kernel.languages import written_day
from banyan.core.kernel.periods import day_within, months_from
from banyan.core.listing.forecasts import EARLIER, NO_DAY, Period
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import macro, markup, tell
from banyan.core.web.boards import BOARD_ID, card_of
from banyan.core.web.confirming import ask_script
from banyan.core.web.forecasts import (
    UNITS,
    forecast_of,
    forecast_reads,
    forecast_spec,
    is_shown,
    more_of_period,
    period_column,
    periods_of,
    read_forecast,
    unit_of,
)
from banyan.core.web.list_state import ListState, has_forecast, read_state
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import presenter_for
from banyan.core.web.processes.guide import mark_late
from banyan.core.web.selections import state_behind
from banyan.core.web.views.base import object_page
from banyan.core.web.views.inline import card_id, version_of

BOARD_MACROS = "components/board.html"


@object_page("GET")
def forecast_part(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the whole forecast, after something on it has changed."""
    _require_forecast(request, spec)
    return markup(macro(BOARD_MACROS, "board", forecast_of(read_state(request.actor, spec, request.GET))))


@object_page("GET")
def cards_part(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the next cards of a period."""
    _require_forecast(request, spec)
    state = read_state(request.actor, spec, request.GET)
    column = more_of_period(state, request.GET.get("column", ""), request.GET.get("cursor", ""))
    shown = {"id": BOARD_ID, "move_url": f"/{spec.plural}/forecast/move"}
    return markup(macro(BOARD_MACROS, "cards", shown, column))


@object_page("POST", action=Action.EDIT)
def move(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Give a record the day that lies in another period; answer with its card and the figures of all columns."""
    _require_forecast(request, spec)
    state, record_id = state_behind(request, spec), card_id(request)
    name = forecast_spec(state).date
    current = fetch_row(request.actor, spec, record_id, columns=(name,))
    day = _day_in(state, request.POST.get("to", ""), current[name])
    context = WriteContext.for_actor(request.actor)
    values = {name: day.isoformat() if day else None}
    try:
        door.update(request.actor, spec, record_id, values, expected_version=version_of(request), context=context)
    except Unconfirmed as error:
        fields = {name: request.POST.get(name, "") for name in ("id", "to", "version")}
        return ask_script(request, error, action=request.path, fields=fields)
    row = fetch_row(request.actor, spec, record_id, columns=forecast_reads(state))
    presenter = presenter_for(request.actor, spec, [row])
    card = card_of(state, presenter, row)
    mark_late(spec, [card])
    shown = {"id": BOARD_ID, "move_url": f"/{spec.plural}/forecast/move"}
    columns = [
        period_column(state, presenter, column) for column in read_forecast(state, cards=1).columns if is_shown(column)
    ]
    heads = [macro(BOARD_MACROS, "lane_head", shown, {**column, "cards": []}, oob=True) for column in columns]
    label = spec.all_fields[name].label
    when = written_day(day, request.actor.language) if day else _("No day yet")
    toast = {
        "text": _("%(field)s: %(day)s") % {"field": label, "day": when},
        "kind": "success",
        "undo_url": f"/undo/{context.batch_id}",
    }
    return tell(markup(macro(BOARD_MACROS, "card", shown, card, oob=True), *heads), toast=toast)


def _day_in(state: ListState, key: str, day: Any) -> date | None:
    """Return the day of a period; raise ``Refused`` for the past, ``Missing`` for what is no period."""
    if key == NO_DAY:
        return None
    reference = today(state.actor.time_zone)
    period = next((period for period in periods_of(state) if period.key == key), None) or _named(state, key)
    if key == EARLIER or (period.last is not None and period.last < reference):
        raise Refused("in_the_past", _("This period is over. Choose one that is still going on, or a later one."))
    first = period.first or reference
    last = period.last or months_from(first, unit=UNITS[unit_of(state)], count=1)[0][1]
    return day_within(day, first, last, reference)


def _named(state: ListState, key: str) -> Period:
    """Return the period that begins on a day, when the page showed others than the address says."""
    try:
        first = date.fromisoformat(key)
    except ValueError:
        raise Missing("not_found", _("There is no such period.")) from None
    found = months_from(first, unit=UNITS[unit_of(state)], count=1)[0]
    if found[0] != first or not timedelta(days=-40_000) < first - today(state.actor.time_zone) < timedelta(days=40_000):
        raise Missing("not_found", _("There is no such period."))
    return Period(key, *found)


def _require_forecast(request: SignedInRequest, spec: ObjectSpec) -> None:
    if not has_forecast(request.actor, spec):
        raise Missing("not_found", _("There is no such page."))
