"""What the REST interface can do with opportunities beside reading and changing them: win and lose."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.sales.services import lose_opportunity, win_opportunity

REASON = {"type": ["string", "null"], "maxLength": 100}


def win(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Move an opportunity to the winning stage of its pipeline and answer with it."""
    return _close(call, id, win_opportunity)


def lose(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Move an opportunity to the losing stage of its pipeline, for a reason, and answer with it."""
    return _close(call, id, lose_opportunity)


def _close(call: Call, opportunity_id: uuid.UUID, closing: Callable[..., Any]) -> Answer:
    call.allow_only(())
    spec = call.spec("opportunities")
    values = call.json() if call.body else {}
    unknown = [name for name in values if name != "reason"]
    if unknown or not isinstance(values.get("reason") or "", str):
        name = unknown[0] if unknown else "reason"
        raise Invalid([FieldError(name, "bad_value", _("Only a “reason” in words may be given."))])
    fetch_row(call.actor, spec, opportunity_id, columns=("version",))
    closing(call.actor, opportunity_id, reason=values.get("reason") or "")
    return record_answer(call, spec, opportunity_id)


def win_operation() -> Operation:
    """Describe how an opportunity is won."""
    return _operation("win_opportunity", _("Win an opportunity"), needs_reason=False)


def lose_operation() -> Operation:
    """Describe how an opportunity is lost."""
    return _operation("lose_opportunity", _("Lose an opportunity"), needs_reason=True)


def _operation(name: str, summary: str, *, needs_reason: bool) -> Operation:
    body: dict[str, Any] = {"type": "object", "properties": {"reason": REASON}, "additionalProperties": False}
    if needs_reason:
        body |= {"required": ["reason"], "properties": {"reason": {"type": "string", "maxLength": 100}}}
    return Operation(
        id=name,
        summary=summary,
        tag=objects["opportunity"].label_plural,
        body=body,
        body_required=needs_reason,
        replies={200: Reply(_("The opportunity as it is now."), item_reference("opportunity"))},
        problems=(400, 409, 413, 415, 422),
    )


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("POST", "/opportunities/{id}/win", win, win_operation, module="opportunities"))
    register_route(Route("POST", "/opportunities/{id}/lose", lose, lose_operation, module="opportunities"))
