"""Reports of one's own in the REST interface: listed, run, made, changed and deleted as on their pages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.analytics.api.reports import ANSWER, PERIOD, period_of, told
from banyan.analytics.models import Drawing, OwnReport
from banyan.analytics.queries import MODULE
from banyan.analytics.reports.own import PREFIX, own_reports
from banyan.analytics.reports.shapes import Question, Report
from banyan.analytics.services import OwnReportValues, delete_own_report, save_own_report
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed

Json = dict[str, Any]
PATH = "/reports/own"
TEXT: Json = {"type": "string"}
TEXTS: Json = {"type": "array", "items": TEXT}
WORDS: Json = {"type": "object", "properties": {"zh": TEXT, "en": TEXT}, "additionalProperties": False}
#: What a report says, and how each is written.
MEMBERS: dict[str, Json] = {
    "labels": WORDS,
    "questions": WORDS,
    "object": TEXT,
    "filter": {"type": "object"},
    "by": {**TEXTS, "minItems": 1, "maxItems": 2},
    "measures": {**TEXTS, "minItems": 1},
    "day_field": TEXT,
    "drawing": {"type": "string", "enum": list(Drawing.values)},
}
SHAPES: Mapping[str, type] = {
    "labels": dict, "questions": dict, "object": str, "filter": dict, "by": list, "measures": list, "day_field": str,
    "drawing": str,
}  # fmt: skip
NEEDED = ("labels", "object", "by")
REPORT: Json = {
    "type": "object",
    "properties": {"id": {"type": "string", "format": "uuid"}, "key": TEXT, "label": TEXT, **MEMBERS},
    "required": ["id", "key", "label", *MEMBERS],
}


def list_own(call: Call) -> Answer:
    """Answer with the organization's own reports whose figures the caller may see."""
    call.allow_only(())
    seen = {report.name for report in own_reports(call.actor) if report.may(call.actor)}
    rows = [row for row in OwnReport.objects.all() if f"{PREFIX}{row.key}" in seen]
    return Answer({"items": [_told(row) for row in rows]})


def run_own(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the table of a report for a period."""
    call.allow_only(("period", "from", "to"))
    row, report = _found(call.actor, id)
    period, given = period_of(call, ("period", "from", "to"))
    return Answer({**told(report, period, report.build(Question(call.actor, period, given))), "definition": _told(row)})


def make_own(call: Call) -> Answer:
    """Make a report."""
    call.allow_only(())
    require_ability(call.actor, Ability.CUSTOMISE)
    given = _read(call.json(), needed=NEEDED)
    return Answer(_told(save_own_report(call.actor, None, _values(given))), status=201)


def change_own(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Change a report; what is left out stays."""
    call.allow_only(())
    require_ability(call.actor, Ability.CUSTOMISE)
    row = _row(id)
    now = {name: value for name, value in _told(row).items() if name in MEMBERS}
    return Answer(_told(save_own_report(call.actor, row, _values({**now, **_read(call.json())}))))


def delete_own(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Delete a report; the records that it counts stay."""
    call.allow_only(())
    require_ability(call.actor, Ability.CUSTOMISE)
    delete_own_report(call.actor, _row(id).pk)
    return Answer(status=204)


def _row(report_id: uuid.UUID) -> OwnReport:
    row = OwnReport.objects.filter(pk=report_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such report."))
    return row


def _found(actor: Actor, report_id: uuid.UUID) -> tuple[OwnReport, Report]:
    row = _row(report_id)
    report = next((one for one in own_reports(actor) if one.name == f"{PREFIX}{row.key}"), None)
    if report is None:
        raise Missing("not_found", _("There is no such report."))
    if not report.may(actor):
        raise NotAllowed("not_allowed", _("Your rights do not let you see what this report counts."))
    return row, report


def _told(row: OwnReport) -> Json:
    return {
        "id": str(row.pk),
        "key": row.key,
        "label": next((text for text in row.labels.values() if text), row.key),
        "labels": row.labels,
        "questions": row.questions,
        "object": row.object_name,
        "filter": row.filter,
        "by": row.by,
        "measures": row.measures,
        "day_field": row.day_field,
        "drawing": row.drawing,
    }


def _values(given: Mapping[str, Any]) -> OwnReportValues:
    values = {("object_name" if name == "object" else name): value for name, value in given.items()}
    return OwnReportValues(**values)


def _read(body: Mapping[str, Any], needed: tuple[str, ...] = ()) -> Json:
    """Return what a program sent of a report; raise ``Invalid`` with every member that is none."""
    errors = [FieldError(name, "required", _("This value is missing.")) for name in needed if name not in body]
    for name, value in body.items():
        if name not in SHAPES:
            message = _("There is no such member. There are: %(known)s.") % {"known": ", ".join(SHAPES)}
            errors.append(FieldError(str(name)[:60], "unknown_field", message))
        elif not _fits(value, SHAPES[name]):
            errors.append(FieldError(name, "bad_value", _("This is not what a report has here.")))
    if "drawing" in body and body["drawing"] not in Drawing.values:
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(Drawing.values)}
        errors.append(FieldError("drawing", "unknown_choice", message))
    if errors:
        raise Invalid(errors)
    return dict(body)


def _fits(value: Any, shape: type) -> bool:
    if not isinstance(value, shape):
        return False
    return all(isinstance(entry, str) for entry in value) if isinstance(value, list) else True


def _operation(
    name: str, summary: Any, replies: Mapping[int, Reply], *, body: Json | None = None, **more: Any
) -> Operation:
    return Operation(id=name, summary=summary, tag=_("Reports"), replies=replies, body=body, **more)


def _listed() -> Operation:
    items = {"type": "object", "properties": {"items": {"type": "array", "items": REPORT}}, "required": ["items"]}
    return _operation("list_own_reports", _("List the reports of one's own"), {200: Reply(_("The reports."), items)})


def _run() -> Operation:
    schema = {**ANSWER, "properties": {**ANSWER["properties"], "definition": REPORT}}
    replies = {200: Reply(_("The table of the report."), schema)}
    return _operation(
        "run_own_report", _("Run a report of one's own"), replies, parameters=PERIOD, problems=(400, 403, 404)
    )


def _made() -> Operation:
    body = {"type": "object", "properties": MEMBERS, "required": list(NEEDED), "additionalProperties": False}
    replies = {201: Reply(_("The report."), REPORT)}
    text = _("Grouped by one or two fields (“due_on:month” is a month); figures are count, sum:field or average:field.")
    return _operation(
        "create_own_report", _("Make a report of one's own"), replies, body=body, description=text,
        problems=(400, 403, 409, 415, 422),
    )  # fmt: skip


def _changed() -> Operation:
    body = {"type": "object", "properties": MEMBERS, "additionalProperties": False}
    replies = {200: Reply(_("The report."), REPORT)}
    problems = (400, 403, 404, 415, 422)
    return _operation("update_own_report", _("Change a report of one's own"), replies, body=body, problems=problems)


def _deleted() -> Operation:
    replies = {204: Reply(_("It is deleted."))}
    return _operation("delete_own_report", _("Delete a report of one's own"), replies, problems=(403, 404))


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("GET", PATH, list_own, _listed, module=MODULE))
    register_route(Route("POST", PATH, make_own, _made, module=MODULE))
    register_route(Route("GET", f"{PATH}/{{id}}", run_own, _run, module=MODULE))
    register_route(Route("PATCH", f"{PATH}/{{id}}", change_own, _changed, module=MODULE))
    register_route(Route("DELETE", f"{PATH}/{{id}}", delete_own, _deleted, module=MODULE))
