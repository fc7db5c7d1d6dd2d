"""What the REST interface can do with tasks beside reading and changing them: complete them."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.objects.registry import objects
from banyan.core.records.drafts import WriteContext
from banyan.teamwork.preparation import WAITS
from banyan.teamwork.services import complete_task

CONFIRMED = "confirmed"


def complete(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Mark a task as done and answer with it; a repeated one comes back as a new task."""
    call.allow_only((CONFIRMED,))
    spec = call.spec("tasks")
    confirmed = frozenset({WAITS} if call.switch(CONFIRMED) else ())
    complete_task(call.actor, id, context=WriteContext.for_actor(call.actor, confirmed=confirmed))
    return record_answer(call, spec, id)


def complete_operation() -> Operation:
    """Describe how a task is completed."""
    return Operation(
        id="complete_task",
        summary=_("Mark a task as done"),
        description=_("A repeated task comes back as a new one. Completing a task twice changes nothing."),
        parameters=(
            Parameter(CONFIRMED, _("Whether to complete it although it waits for an open one."), {"type": "boolean"}),
        ),
        tag=objects["task"].label_plural,
        replies={200: Reply(_("The task as it is now."), item_reference("task"))},
        problems=(400, 409, 422),
    )


def register() -> None:
    """Add the path to the interface."""
    register_route(Route("POST", "/tasks/{id}/complete", complete, complete_operation, module="tasks"))
