"""Reports in the REST interface: the tables of a report for a period, as people see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.analytics.models import OwnReport
from banyan.analytics.periods import LONGEST_YEARS, USUAL_OF_REPORTS, Period, read_period
from banyan.analytics.queries import MODULE
from banyan.analytics.reports.catalogue import reports
from banyan.analytics.reports.own import PREFIX, own_reports
from banyan.analytics.reports.shapes import Page, Question, Report, Table
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, NotAllowed

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
DAY: Json = {"type": "string", "format": "date"}
TABLE: Json = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "title": TEXT,
        "note": TEXT,
        "columns": {"type": "array", "items": {"type": "object", "properties": {"name": TEXT, "label": TEXT}}},
        "rows": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
    },
    "required": ["name", "title", "note", "columns", "rows"],
}
ANSWER: Json = {
    "type": "object",
    "properties": {
        "report": TEXT,
        "period": TEXT,
        "from": DAY,
        "to": DAY,
        "tables": {"type": "array", "items": TABLE},
    },
    "required": ["report", "period", "from", "to", "tables"],
}


PERIOD = (
    Parameter("period", gettext_lazy("A period such as this_month, last_quarter, last_30_days, or all."), TEXT),
    Parameter("from", gettext_lazy("The first day, together with “to”."), DAY),
    Parameter("to", gettext_lazy("The last day."), DAY),
)


def list_reports(call: Call) -> Answer:
    """Answer with the reports that the caller may see."""
    call.allow_only(())
    own = {f"{PREFIX}{key}": str(pk) for key, pk in OwnReport.objects.values_list("key", "pk")}
    items = [
        {
            "name": entry.name,
            "path": f"/reports/{f'own/{own[entry.name]}' if entry.name in own else entry.name}",
            "label": str(entry.label),
            "question": str(entry.question),
        }
        for entry in (*own_reports(call.actor), *reports)
        if entry.may(call.actor)
    ]
    return Answer({"items": items})


def view_of(report: Report) -> Callable[[Call], Answer]:
    """Return the view of one report."""

    def show_report(call: Call) -> Answer:
        """Answer with the report's tables."""
        call.allow_only(("period", "from", "to", "pipeline"))
        if not report.may(call.actor):
            raise NotAllowed("not_allowed", _("Your rights do not let you see what this report counts."))
        period, given = period_of(call, ("period", "from", "to", "pipeline"))
        return Answer(told(report, period, report.build(Question(call.actor, period, given))))

    return show_report


def period_of(call: Call, names: tuple[str, ...]) -> tuple[Period, dict[str, str]]:
    """Return the period that was asked for, with all parameters of these names; raise ``BadParameters``."""
    given = {name: call.parameter(name) for name in names}
    period = read_period(given, call.actor.time_zone, usual=USUAL_OF_REPORTS, whole=True)
    _require_understood(given, period.name)
    return period, given


def told(report: Report, period: Period, built: Page) -> Json:
    """Return the tables of a report for a period."""
    return {
        "report": report.name,
        "period": period.name,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "tables": [_table(table) for table in built.tables],
    }


def _require_understood(given: dict[str, str], name: str) -> None:
    """Raise ``BadParameters`` when the period that was asked for is not the one that is answered."""
    if (given["from"] or given["to"]) and name:
        message = _("“from” and “to” are two days such as 2026-01-31, in this order, at most %(years)d years apart.")
        raise BadParameters([FieldError("from", "bad_period", message % {"years": LONGEST_YEARS})])
    if given["period"] and name and given["period"] != name:
        message = _("“%(name)s” is no period. Try this_month, last_quarter, last_30_days or all.")
        raise BadParameters([FieldError("period", "bad_period", message % {"name": given["period"][:60]})])


def _table(table: Table) -> Json:
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "columns": [{"name": column.name, "label": column.label} for column in table.columns],
        "rows": [
            {column.name: cell.value for column, cell in zip(table.columns, row, strict=True)} for row in table.rows
        ],
    }


def _operation(report: Report) -> Callable[[], Operation]:
    def operation() -> Operation:
        return Operation(
            id=f"report_{report.name}",
            summary=report.label,
            tag=_("Reports"),
            description=report.question,
            parameters=(
                *PERIOD,
                Parameter("pipeline", _("The pipeline that a funnel is about."), {"type": "string", "format": "uuid"}),
            ),
            replies={200: Reply(_("The tables of the report."), ANSWER)},
            problems=(400, 403),
        )

    return operation


def list_operation() -> Operation:
    """Describe the list of reports."""
    item = {"type": "object", "properties": {"name": TEXT, "path": TEXT, "label": TEXT, "question": TEXT}}
    answer = {"type": "object", "properties": {"items": {"type": "array", "items": item}}, "required": ["items"]}
    return Operation(
        id="list_reports",
        summary=_("List the reports"),
        tag=_("Reports"),
        replies={200: Reply(_("The reports that the caller may see."), answer)},
    )


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("GET", "/reports", list_reports, list_operation, module=MODULE))
    for report in reports:
        register_route(Route("GET", f"/reports/{report.name}", view_of(report), _operation(report), module=MODULE))
