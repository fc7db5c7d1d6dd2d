"""Lists as forecasts: the component ``board`` with a column for each month or quarter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import babel_locale
from banyan.core.kernel.periods import months_from
from banyan.core.listing.board import BoardColumn, BoardPage
from banyan.core.listing.filters import conditions_of, parse_tree
from banyan.core.listing.forecasts import EARLIER, LATER, NO_DAY, Period, forecast_columns
from banyan.core.listing.query import list_rows
from banyan.core.objects.spec import Forecast
from banyan.core.web.boards import BOARD_ID, CARDS_MORE, card_of, columns_to_read, sums_text
from banyan.core.web.list_state import ListState
from banyan.core.web.menu import may
from banyan.core.web.presenting import Presenter, presenter_for
from banyan.core.web.processes.guide import mark_late

MONTH, QUARTER = "month", "quarter"
UNITS = {MONTH: 1, QUARTER: 3}
SHOWN = {MONTH: 6, QUARTER: 4}


def forecast_spec(state: ListState) -> Forecast:
    """Return the object's forecast; lists without one never ask."""
    forecast = state.spec.forecast
    if forecast is None:
        raise LookupError(state.spec.name)
    return forecast


def unit_of(state: ListState) -> str:
    """Return whether months or quarters are shown."""
    return QUARTER if state.parameters.get("by") == QUARTER else MONTH


def periods_of(state: ListState) -> list[Period]:
    """Return the columns: without a day, before the first period, the periods, after the last."""
    unit = unit_of(state)
    days = months_from(_start(state), unit=UNITS[unit], count=SHOWN[unit])
    shown = [Period(first.isoformat(), first, last) for first, last in days]
    return [
        Period(NO_DAY),
        Period(EARLIER, None, days[0][0] - timedelta(days=1)),
        *shown,
        Period(LATER, days[-1][1] + timedelta(days=1), None),
    ]


def _start(state: ListState) -> date:
    try:
        day = date.fromisoformat(state.parameters.get("start", ""))
    except ValueError:
        return today(state.actor.time_zone)
    return min(max(day, date(1990, 1, 1)), date(2190, 1, 1))


def under_way(state: ListState) -> ListState:
    """Return the list without what is finished, unless its filter says itself what is meant."""
    tree = state.spec.open_filter
    decides = {condition.field for condition in conditions_of(parse_tree(tree))} if tree else set()
    named = {condition.field for condition in conditions_of(state.filter)}
    return state if not tree or decides & named else state.with_filter(parse_tree(tree))


def read_forecast(state: ListState, *, cards: int = CARDS_MORE) -> BoardPage:
    """Read the forecast that the address asks for."""
    request = replace(under_way(state).request(), columns=forecast_reads(state))
    return forecast_columns(state.actor, state.spec, request, forecast_spec(state), periods_of(state), cards=cards)


def forecast_reads(state: ListState) -> tuple[str, ...]:
    """Return what has to be read of a record so that it can be shown as a card of a forecast."""
    return tuple(dict.fromkeys((*columns_to_read(state), forecast_spec(state).date)))


def forecast_of(state: ListState) -> dict[str, Any]:
    """Return the whole board with the first cards of each period."""
    found = read_forecast(state)
    presenter = presenter_for(
        state.actor, state.spec, [row for column in found.columns for row in column.rows], found.labels
    )
    columns = [period_column(state, presenter, column) for column in found.columns if is_shown(column)]
    mark_late(state.spec, (card for column in columns for card in column["cards"]))
    entry = state.spec.all_fields[forecast_spec(state).date]
    movable = may(state.actor, state.spec, Action.EDIT) and presenter.editable(entry)
    return {
        "id": BOARD_ID,
        "label": _("Forecast: %(name)s") % {"name": state.spec.label_plural},
        "object": state.spec.plural,
        "live_url": state.url("/forecast"),
        "move_url": f"/{state.spec.plural}/forecast/move" if movable else "",
        "columns": columns,
    }


def is_shown(column: BoardColumn) -> bool:
    """Say whether a column is shown: what lies outside of the periods only where something does."""
    return column.count > 0 or column.key not in {EARLIER, LATER}


def period_column(state: ListState, presenter: Presenter, column: BoardColumn) -> dict[str, Any]:
    """Return one column."""
    spec, key = state.spec, str(column.key)
    expected = sums_text(state, column.expected)
    create = ""
    period = next(period for period in periods_of(state) if period.key == key)
    if may(state.actor, spec, Action.CREATE) and period.last and period.last >= today(state.actor.time_zone):
        create = f"/{spec.plural}/new?{forecast_spec(state).date}={period.last.isoformat()}"
    return {
        "key": key,
        "label": period_label(state, period),
        "color": "red" if key == EARLIER else "orange" if key == NO_DAY else "",
        "count": column.count,
        "total": sums_text(state, column.totals),
        "weighted": _("≈ %(amount)s weighted") % {"amount": expected} if expected else "",
        "limit": 0,
        "is_over_limit": False,
        "cards": [card_of(state, presenter, row) for row in column.rows],
        "next_url": state.url("/forecast/cards", column=key, cursor=column.next_cursor) if column.next_cursor else "",
        "create_url": create,
    }


def period_label(state: ListState, period: Period) -> str:
    """Return what a period is called."""
    outside = {NO_DAY: _("No day yet"), EARLIER: _("Earlier"), LATER: _("Later")}
    if period.first is None or period.key in outside:
        return outside[period.key]
    return _written(period.first, unit_of(state), state.actor.language)


def _written(day: date, unit: str, language: str) -> str:
    return str(format_skeleton("yQQQ" if unit == QUARTER else "yMMM", day, locale=babel_locale(language)))


def more_of_period(state: ListState, key: str, cursor: str) -> dict[str, Any]:
    """Return the next cards of a period."""
    period = next((period for period in periods_of(state) if period.key == key), Period(NO_DAY))
    narrowed = under_way(state).with_filter(period.node(forecast_spec(state).date))
    request = replace(narrowed.request(cursor=cursor, limit=CARDS_MORE), columns=forecast_reads(state))
    page = list_rows(state.actor, state.spec, request)
    presenter = presenter_for(state.actor, state.spec, page.rows, page.labels)
    cards = [card_of(state, presenter, row) for row in page.rows]
    mark_late(state.spec, cards)
    next_url = state.url("/forecast/cards", column=key, cursor=page.next_cursor) if page.next_cursor else ""
    return {"cards": cards, "next_url": next_url}


def period_bar(state: ListState) -> dict[str, Any]:
    """Return the choice of months or quarters, and the ways to earlier and later ones."""
    unit, start = unit_of(state), _start(state)
    periods = [period for period in periods_of(state) if period.key not in {NO_DAY, EARLIER, LATER}]
    before, after = (
        months_from(start, unit=UNITS[unit], count=1, step=step)[0][0] for step in (-SHOWN[unit], SHOWN[unit])
    )
    labels = [period_label(state, period) for period in (periods[0], periods[-1])]
    return {
        "units": [
            {"label": label, "url": state.url(by=name), "active": name == unit}
            for name, label in ((MONTH, _("Months")), (QUARTER, _("Quarters")))
        ],
        "previous_url": state.url(start=before.isoformat()),
        "next_url": state.url(start=after.isoformat()),
        "now_url": state.url(start=None) if "start" in state.parameters else "",
        "label": " – ".join(labels),
        "note": "" if under_way(state) is state else _("What is under way"),
    }
