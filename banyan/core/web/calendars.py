"""Lists as calendars."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from banyan.core.access.scopes import Action
from banyan.core.listing.filters import Condition, Group
from banyan.core.listing.query import list_rows
from banyan.core.objects.spec import Calendar
from banyan.core.web.list_state import ListState, reading_columns
from banyan.core.web.menu import may
from banyan.core.web.presenting import Presenter, presenter_for

CALENDAR_ID = "list-calendar"
MOST_EVENTS = 1_000
LONGEST_SPAN = timedelta(days=400)


def calendar_spec(state: ListState) -> Calendar:
    """Return the object's calendar; lists without one never ask."""
    calendar = state.spec.calendar
    if calendar is None:
        raise LookupError(state.spec.name)
    return calendar


def calendar_of(state: ListState) -> dict[str, Any]:
    """Return the calendar itself; it loads what lies in the days that it shows."""
    spec, actor = state.spec, state.actor
    entry = spec.all_fields[calendar_spec(state).start]
    return {
        "id": CALENDAR_ID,
        "label": str(spec.label_plural),
        "object": spec.plural,
        "url": state.url("/events"),
        "move_url": f"/{spec.plural}/reschedule" if Presenter(actor, spec).editable(entry) else "",
        "create_url": f"/{spec.plural}/new?on={entry.name}" if may(actor, spec, Action.CREATE) else "",
        "view": "month",
    }


def events_between(state: ListState, first: date, last: date) -> list[dict[str, Any]]:
    """Return the records of some days, at most a year of them, as the calendar wants them."""
    calendar, spec = calendar_spec(state), state.spec
    last = min(last, first + LONGEST_SPAN)
    limits = tuple(
        Condition(calendar.start, operator, (day.isoformat(),)) for operator, day in (("gte", first), ("lte", last))
    )
    narrowed = state.with_filter(Group(parts=limits))
    names = (calendar.start, *([calendar.end] if calendar.end else []))
    request = narrowed.request(limit=MOST_EVENTS, extra=(*names, *reading_columns(spec, names)))
    page = list_rows(state.actor, spec, request)
    presenter = presenter_for(state.actor, spec, page.rows, page.labels)
    return [_event(presenter, calendar, row) for row in page.rows]


def _event(presenter: Presenter, calendar: Calendar, row: dict[str, Any]) -> dict[str, Any]:
    start = row[calendar.start]
    event = {
        "id": str(row["id"]),
        "title": presenter.title(row),
        "start": start.isoformat(),
        "allDay": presenter.spec.all_fields[calendar.start].kind.widget == "date",
        "url": presenter.url(row["id"]),
        "version": row.get("version"),
    }
    if calendar.end and row.get(calendar.end):
        event["end"] = row[calendar.end].isoformat()
    return event
