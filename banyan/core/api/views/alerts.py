"""Alerts about conspicuous reading and exporting, for programs that keep watch."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.newest import newest
from banyan.core.api.routes import Operation, Parameter, Reply, Route
from banyan.core.audit.alerts import acknowledge, alerts_of
from banyan.core.audit.models import Alert
from banyan.core.audit.rules import Kind
from banyan.core.kernel.errors import Missing

Json = dict[str, Any]
DEFAULT_LIMIT, MOST = 100, 500
_ID: Json = {"type": "string", "format": "uuid"}
_TEXT: Json = {"type": "string"}
_INSTANT: Json = {"type": "string", "format": "date-time"}
_ALERT: Json = {
    "type": "object",
    "properties": {
        "id": _ID,
        "at": _INSTANT,
        "hour": _INSTANT,
        "user": {"type": "object", "properties": {"id": _ID, "name": _TEXT}},
        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
        "measured": {"type": "integer"},
        "expected": {"type": "integer"},
        "acknowledged_at": {"type": ["string", "null"], "format": "date-time"},
        "acknowledged_by": {"type": ["string", "null"], "format": "uuid"},
        "remark": _TEXT,
    },
}

_ACKNOWLEDGED: Json = {"type": "object", "properties": {"remark": _TEXT}, "additionalProperties": False}


def list_alerts(call: Call) -> Answer:
    """Answer with the alerts, newest first."""
    call.allow_only(("open", "limit", "cursor"))
    rows = alerts_of(call.actor, open_only=call.switch("open"))
    found, following = newest(call, rows, default=DEFAULT_LIMIT, maximum=MOST)
    return Answer({"items": [_item(alert) for alert in found], "next": following})


def show_alert(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one alert."""
    call.allow_only(())
    alert = alerts_of(call.actor).filter(pk=id).first()
    if alert is None:
        raise Missing("not_found", _("There is no such alert."))
    return Answer(_item(alert))


def acknowledge_alert(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Write down that somebody has looked at an alert."""
    call.allow_only(())
    remark = fitting(call.json(), _ACKNOWLEDGED).get("remark", "")
    return Answer(_item(acknowledge(call.actor, id, remark=remark)))


def _item(alert: Alert) -> Json:
    names = ("id", "at", "hour", "kind", "measured", "expected", "acknowledged_at", "remark")
    values = {name: getattr(alert, name) for name in names}
    return {**values, "user": {"id": alert.user_id, "name": alert.person}, "acknowledged_by": alert.acknowledged_by_id}


def _list_operation() -> Operation:
    answer = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": _ALERT}, "next": {"type": ["string", "null"]}},
    }
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    return Operation(
        id="list_alerts",
        summary=_("List the alerts"),
        tag=_("Alerts"),
        parameters=(
            Parameter("open", _("Only those that nobody has looked at."), {"type": "boolean"}),
            Parameter("limit", _("How many."), limit),
            Parameter("cursor", _("`next` of the answer before."), _ID),
        ),
        replies={200: Reply(_("The alerts, newest first."), answer)},
        problems=(400, 403),
    )


def _show_operation() -> Operation:
    return Operation(
        id="show_alert",
        summary=_("Show an alert"),
        tag=_("Alerts"),
        replies={200: Reply(_("The alert."), _ALERT)},
        problems=(403, 404),
    )


def _acknowledge_operation() -> Operation:
    return Operation(
        id="acknowledge_alert",
        summary=_("Say that somebody has looked at an alert"),
        description=_("Nobody does so for an alert about themselves. Done twice it stays with the first."),
        tag=_("Alerts"),
        body=_ACKNOWLEDGED,
        replies={200: Reply(_("The alert."), _ALERT)},
        problems=(403, 404, 413, 415, 422),
    )


ROUTES = (
    Route("GET", "/alerts", list_alerts, _list_operation),
    Route("GET", "/alerts/{id}", show_alert, _show_operation),
    Route("POST", "/alerts/{id}/acknowledge", acknowledge_alert, _acknowledge_operation),
)
