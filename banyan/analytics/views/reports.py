"""The pages of reports: which there are, and one of them for a period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.analytics.periods import ALL_TIME, OFFERED, USUAL_OF_REPORTS, period_choice, read_period
from banyan.analytics.queries import MODULE
from banyan.analytics.reports.catalogue import reports
from banyan.analytics.reports.own import PREFIX, own_reports
from banyan.analytics.reports.shapes import Cell, Page, Question, Report, Table
from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Missing
from banyan.core.objects.modules import module_is_on
from banyan.core.web.answers import page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in

URL = "/reports"
#: So many reports of one's own are drawn on the list of reports; charts cost a query each.
MOST_DRAWN = 6
MOST_ROWS = 6
PERIODS = (*(name for name in OFFERED if name != "this_week"), ALL_TIME)


@signed_in("GET")
def report_list(request: SignedInRequest) -> HttpResponse:
    """Show which reports there are, each with the question that it answers."""
    actor = request.actor
    found = reports_for(actor)
    own = [entry for entry in found if entry.name.startswith(PREFIX)]
    context = {
        "reports": [_card(entry) for entry in found if entry not in own],
        "own": [_drawn(actor, entry) for entry in own[:MOST_DRAWN]],
        "more": [_card(entry) for entry in own[MOST_DRAWN:]],
        "may_make": actor.has(Ability.CUSTOMISE),
    }
    return page(request, "analytics/reports.html", context)


def _card(entry: Report) -> dict[str, str]:
    return {"label": str(entry.label), "text": str(entry.question), "icon": entry.icon, "url": f"{URL}/{entry.name}"}


def _drawn(actor: Actor, entry: Report) -> dict[str, Any]:
    """Return a report of one's own as the list shows it: with its chart, of the usual period."""
    (table,) = entry.build(Question(actor, read_period({}, actor.time_zone, usual=USUAL_OF_REPORTS))).tables
    rows = [[cell.text for cell in row] for row in table.rows[:MOST_ROWS]]
    return {**_card(entry), "chart": table.chart, "rows": rows, "head": [column.label for column in table.columns]}


@signed_in("GET")
def report(request: SignedInRequest, name: str) -> HttpResponse:
    """Show one report."""
    actor = request.actor
    found = reports_for(actor)
    chosen = next((entry for entry in found if entry.name == name), None)
    if chosen is None:
        raise Missing("not_found", _("There is no such report, or your rights do not let you see what it counts."))
    period = read_period(request.GET, actor.time_zone, usual=USUAL_OF_REPORTS, whole=True)
    built = chosen.build(Question(actor, period, request.GET.dict()))
    is_own = chosen.name.startswith(PREFIX)
    url = f"{URL}/{chosen.name}"
    context = {
        "label": str(chosen.label),
        "question": str(chosen.question),
        "span": period.text if chosen.has_period else "",
        "choice": period_choice(period, url, names=PERIODS, extra=built.kept),
        "tabs": [
            {"label": str(entry.label), "url": f"{URL}/{entry.name}?{_days(request)}", "active": entry.name == name}
            for entry in found
            if entry.name.startswith(PREFIX) == is_own
        ],
        **_shown(built),
        "has_period": chosen.has_period,
        "edit_url": f"{URL}/own/{name.removeprefix(PREFIX)}" if is_own and actor.has(Ability.CUSTOMISE) else "",
        "all_url": "" if period.name == ALL_TIME or not chosen.has_period else f"{url}?period={ALL_TIME}",
    }
    return page(request, "analytics/report.html", {"report": context})


def reports_for(actor: Actor) -> list[Report]:
    """Return the reports that somebody may see; none when the module is off."""
    if not module_is_on(actor.organization, MODULE):
        raise Missing("not_found", _("There is no such page."))
    return [entry for entry in (*own_reports(actor), *reports) if entry.may(actor)]


def _days(request: SignedInRequest) -> str:
    """Return the part of the address that says the period, to keep it from report to report."""
    kept = request.GET.copy()
    for name in list(kept):
        if name not in {"period", "from", "to"}:
            del kept[name]
    return kept.urlencode()


def _shown(built: Page) -> dict[str, Any]:
    return {
        "tiles": built.tiles,
        "choices": built.choices,
        "tables": [_table(table) for table in built.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "chart": table.chart,
        "empty": table.empty or _("Nothing in this period."),
        "columns": table.columns,
        "rows": [list(_cells(table, row)) for row in table.rows],
    }


def _cells(table: Table, row: Sequence[Cell]) -> Any:
    for column, cell in zip(table.columns, row, strict=True):
        yield {"text": cell.text, "url": cell.url, "is_number": column.is_number}
