"""What the REST interface says of a person beside the record itself: may this person be contacted?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.privacy.choices import Channel
from banyan.privacy.references import MODULE, person_kinds
from banyan.privacy.services.consents import may_contact

Json = dict[str, Any]
REASONS = (
    "consent", "other_basis", "no_consent", "no_separate_consent", "withdrawn", "restricted", "do_not_contact", "unknown_purpose",
    "unknown_person",
)  # fmt: skip
ANSWER: Json = {
    "type": "object",
    "properties": {"allowed": {"type": "boolean"}, "reason": {"type": "string", "enum": list(REASONS)}},
    "required": ["allowed", "reason"],
}


def _view(object_name: str) -> Callable[..., Answer]:
    def answer(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
        call.allow_only(("channel", "purpose"))
        fetch_row(call.actor, call.spec(objects[object_name].plural), id, columns=("version",))
        channel = call.parameter("channel") or Channel.ANY.value
        if channel not in Channel.values:
            message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(Channel.values)}
            raise Invalid([FieldError("channel", "unknown_choice", message)])
        verdict = may_contact(object_name, id, channel, call.parameter("purpose"))
        return Answer({"allowed": verdict.allowed, "reason": verdict.reason})

    return answer


def _operation(object_name: str) -> Callable[[], Operation]:
    def describe() -> Operation:
        return Operation(
            id=f"{object_name}_may_contact",
            summary=_("Ask whether a person may be contacted"),
            description=_("Ask right before sending: a withdrawal counts at once. The purpose is given by its code."),
            tag=objects[object_name].label_plural,
            parameters=(
                Parameter("channel", _("The way; without it, every way."), {"type": "string", "enum": Channel.values}),
                Parameter("purpose", _("The code of the purpose."), {"type": "string"}),
            ),
            problems=(400, 404, 422),
            replies={200: Reply(_("Whether, and why."), ANSWER)},
        )

    return describe


def register() -> None:
    """Add a path for each kind of persons."""
    for kind in person_kinds:
        path = f"/{objects[kind.object_name].plural}/{{id}}/may-contact"
        register_route(Route("GET", path, _view(kind.object_name), _operation(kind.object_name), module=MODULE))
