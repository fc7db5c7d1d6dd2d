"""The interface to commissions, for reading: statements, for payroll and for those who earn them."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.commissions.choices import State
from banyan.commissions.models import CommissionLine, CommissionStatement
from banyan.commissions.queries.statements import lines_of, statement_for, statements_for
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import parse_id
from banyan.money.public import fiscal_calendar, read_code

Json = dict[str, Any]
MODULE = "commissions"
MOST = 1_000
ID: Json = {"type": "string", "format": "uuid"}
TEXT: Json = {"type": "string"}
DAY: Json = {"type": ["string", "null"], "format": "date"}
STATEMENT: Json = {
    "id": ID, "number": TEXT, "person": ID, "person_name": TEXT, "plan": ID, "plan_name": TEXT, "first_day": DAY,
    "last_day": DAY, "state": {"type": "string", "enum": list(State.values)}, "credit": TEXT, "amount": TEXT,
    "currency": TEXT, "paid_on": DAY, "has_problems": {"type": "boolean"},
}  # fmt: skip
LINE: Json = {
    "kind": TEXT, "title": TEXT, "object": TEXT, "record": {**ID, "type": ["string", "null"]}, "day": DAY,
    "share": {"type": ["string", "null"]}, "credit": TEXT, "category": TEXT, "amount": TEXT,
}  # fmt: skip


def list_statements(call: Call) -> Answer:
    """Answer with the statements that the caller may see, the latest first."""
    call.allow_only(("period", "state", "person", "after", "limit"))
    rows = statements_for(call.actor)
    if call.parameter("period"):
        try:
            period = read_code(fiscal_calendar(call.actor.organization), call.parameter("period"))
        except ValueError:
            message = _("Give a period such as 2026, 2026-Q4 or 2026-M11.")
            raise BadParameters([FieldError("period", "bad_period", message)]) from None
        rows = rows.filter(first_day__gte=period.first, last_day__lte=period.last)
    if call.parameter("state"):
        if call.parameter("state") not in State.values:
            message = _("Choose one of: %(names)s.") % {"names": ", ".join(State.values)}
            raise BadParameters([FieldError("state", "unknown_choice", message)])
        rows = rows.filter(state=call.parameter("state"))
    for name, condition in (("person", "person"), ("after", "pk__lt")):
        if call.parameter(name):
            found = parse_id(call.parameter(name))
            if found is None:
                raise BadParameters([FieldError(name, "bad_id", _("Give the id of a record."))])
            rows = rows.filter(**{condition: found})
    limit = call.whole_number("limit", default=100, maximum=MOST)
    listed = list(rows.order_by("-pk")[: limit + 1])
    following = str(listed[limit - 1].pk) if len(listed) > limit else None
    return Answer({"items": [_statement(row) for row in listed[:limit]], "next": following})


def read_statement(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one statement and its lines: of which sale, by which rule, how much."""
    call.allow_only(())
    row = statement_for(call.actor, id)
    return Answer({**_statement(row), "lines": [_line(line) for line in lines_of(row)]})


def _statement(row: CommissionStatement) -> Json:
    return {
        "id": str(row.pk), "number": row.number, "person": str(row.person_id), "person_name": row.person.name,
        "plan": str(row.plan_id), "plan_name": row.plan.name, "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(), "state": row.state, "credit": str(row.base), "amount": str(row.amount),
        "currency": row.currency, "paid_on": row.paid_on.isoformat() if row.paid_on else None,
        "has_problems": bool(row.problems),
    }  # fmt: skip


def _line(line: CommissionLine) -> Json:
    return {
        "kind": line.kind, "title": line.title, "object": line.object_name,
        "record": str(line.record_id) if line.record_id else None, "day": line.day.isoformat() if line.day else None,
        "share": str(line.share) if line.share is not None else None, "credit": str(line.base),
        "category": line.category, "amount": str(line.amount),
    }  # fmt: skip


def _list_operation() -> Operation:
    rows = {"type": "array", "items": {"type": "object", "properties": STATEMENT}}
    schema = {"type": "object", "properties": {"items": rows, "next": {"type": ["string", "null"]}}}
    return Operation(
        "list_commission_statements",
        _("List statements of commissions"),
        _("Commissions"),
        {200: Reply(_("The statements that the caller may see, the latest first."), schema)},
        parameters=(
            Parameter("period", _("The period, such as 2026, 2026-Q4 or 2026-M11."), TEXT),
            Parameter("state", _("Only in this state."), {"type": "string", "enum": list(State.values)}),
            Parameter("person", _("Only of this person."), ID),
            Parameter("after", _("The “next” of the page before."), ID),
            Parameter("limit", _("How many rows, at most 1,000."), {"type": "integer", "minimum": 1, "maximum": MOST}),
        ),
        problems=(400,),
    )


def _read_operation() -> Operation:
    lines = {"type": "array", "items": {"type": "object", "properties": LINE}}
    return Operation(
        "read_commission_statement",
        _("Read a statement of commissions line by line"),
        _("Commissions"),
        {200: Reply(_("The statement."), {"type": "object", "properties": {**STATEMENT, "lines": lines}})},
        problems=(400, 404),
    )


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("GET", "/commission-statements", list_statements, _list_operation, module=MODULE))
    register_route(Route("GET", "/commission-statements/{id}", read_statement, _read_operation, module=MODULE))
