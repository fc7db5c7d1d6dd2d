"""What the REST interface can do with tasks beside reading and changing them, and reactions to comments and follow-ups."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import objects
from banyan.core.records.drafts import WriteContext
from banyan.teamwork.choices import Emoji
from banyan.teamwork.preparation import WAITS
from banyan.teamwork.reacting import REACTABLE, react, reactions_to, require_visible
from banyan.teamwork.services import complete_task

CONFIRMED = "confirmed"
REACTION_BODY: dict[str, Any] = {
    "type": "object",
    "properties": {"emoji": {"type": "string", "enum": Emoji.values}, "on": {"type": "boolean", "default": True}},
    "required": ["emoji"],
    "additionalProperties": False,
}
REACTION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "emoji": {"type": "string"},
        "symbol": {"type": "string"},
        "count": {"type": "integer"},
        "people": {"type": "array", "items": {"type": "string"}},
        "mine": {"type": "boolean"},
    },
    "required": ["emoji", "symbol", "count", "people", "mine"],
}
REACTIONS: dict[str, Any] = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": REACTION}},
    "required": ["items"],
}


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


def _view_of(object_name: str, *, is_change: bool) -> Callable[..., Answer]:
    """Return the view that answers with, or changes, the reactions to a comment or follow-up."""

    def view(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
        """Answer with the reactions as they are now."""
        call.allow_only(())
        if is_change:
            emoji, is_on = _wanted(call.json())
            react(call.actor, object_name, id, emoji, is_on=is_on)
        else:
            require_visible(call.actor, object_name, id)
        about = reference_to(object_name, id)
        given = reactions_to(call.actor, [about]).get(about, [])
        items = [
            {
                "emoji": entry.emoji.value,
                "symbol": entry.emoji.symbol,
                "count": len(entry.names),
                "people": entry.names,
                "mine": entry.is_mine,
            }
            for entry in given
        ]
        return Answer({"items": items})

    return view


def _wanted(body: dict[str, Any]) -> tuple[str, bool]:
    emoji, is_on = body.get("emoji"), body.get("on", True)
    unknown = sorted(body.keys() - {"emoji", "on"})
    if unknown or not isinstance(emoji, str) or not isinstance(is_on, bool):
        wrong = unknown[0] if unknown else "emoji" if not isinstance(emoji, str) else "on"
        message = _("The body holds “emoji”, a text, and “on”, true or false.")
        raise Invalid([FieldError(wrong[:60], "bad_body", message)])
    return emoji, is_on


def _reactions_operation(object_name: str, *, is_change: bool) -> Callable[[], Operation]:
    def operation() -> Operation:
        return Operation(
            id=f"{'give' if is_change else 'list'}_{object_name}_reactions",
            summary=_("Give or take back a reaction") if is_change else _("List the reactions"),
            tag=objects[object_name].label_plural,
            body=REACTION_BODY if is_change else None,
            replies={200: Reply(_("The reactions as they are now."), REACTIONS)},
            problems=(400, 409, 413, 415, 422) if is_change else (400,),
        )

    return operation


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("POST", "/tasks/{id}/complete", complete, complete_operation, module="tasks"))
    for name in REACTABLE:
        path = f"/{objects[name].plural}/{{id}}/reactions"
        for method, is_change in (("GET", False), ("POST", True)):
            operation = _reactions_operation(name, is_change=is_change)
            register_route(Route(method, path, _view_of(name, is_change=is_change), operation, module="tasks"))
