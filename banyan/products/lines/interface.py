"""Documents with their lines in the interface."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.openapi import operations
from banyan.core.api.openapi.schemas import object_schemas, reference
from banyan.core.api.preconditions import expected_version
from banyan.core.api.representation import shape_of
from banyan.core.api.routes import Operation, Reply, Route, component_name, item_reference, register_route
from banyan.core.api.views.records import record_answer, show_record
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.filters import Condition
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import objects, spec_for
from banyan.products.lines.declaring import MOST_LINES, LineDocument
from banyan.products.lines.writing import replace_lines, write_document

LINES = "lines"
Json = dict[str, Any]


class DocumentInterface:
    """The paths of one document with lines; those of a document itself take the place of the general ones."""

    def __init__(self, document: LineDocument) -> None:
        self.document = document
        self.spec = objects[document.parent]
        self.plural = self.spec.plural

    def register(self) -> None:
        """Add the paths to the interface."""
        module, plural = self.document.module, self.plural
        register_route(Route("GET", f"/{plural}/{{id}}", self.show, self.show_operation, module=module))
        register_route(Route("POST", f"/{plural}", self.create, self.create_operation, module=module))
        register_route(Route("POST", f"/{plural}/{{id}}/lines", self.put_lines, self.lines_operation, module=module))

    def show(self, call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
        """Answer with a document and, unless only some fields are asked for, its lines."""
        answer = show_record(call, call.spec(self.plural), id)
        if answer.status == 200 and "fields" not in call.parameters:
            answer.body = {**answer.body, LINES: self.lines(call.actor, id)}
        return answer

    def create(self, call: Call) -> Answer:
        """Create a document with its lines from the body and answer with both."""
        call.allow_only(())
        spec = call.spec(self.plural)
        values = call.json()
        lines = _lines(values.pop(LINES, []))
        written = write_document(call.actor, self.document.parent, values, lines)
        answer = self._with_lines(call, written.pk, status=201)
        answer.headers["Location"] = reverse("api", args=[f"{spec.plural}/{written.pk}"])
        return answer

    def put_lines(self, call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
        """Let a document have exactly the lines of the body and answer with both."""
        call.allow_only(())
        values = call.json()
        unknown = sorted(values.keys() - {LINES, "reason"})
        if unknown or LINES not in values:
            message = _("The body holds “lines”, perhaps a “reason”, and nothing else.")
            raise Invalid([FieldError(unknown[0] if unknown else LINES, "bad_body", message)])
        version = expected_version(call.request)
        reason = str(values.get("reason") or "")
        lines = _lines(values[LINES])
        waiting = replace_lines(call.actor, self.document.parent, id, lines, version=version, reason=reason)
        # What waits, as for an approval, was accepted and is not done yet.
        return self._with_lines(call, id, status=202 if waiting else 200)

    def lines(self, actor: Actor, document_id: uuid.UUID) -> list[Json]:
        """Return the lines of a document that the actor may see, as items of the interface."""
        spec = spec_for(actor.organization, self.document.line)
        if not module_is_on(actor.organization, spec.module):
            return []
        request = ListRequest(
            filter=Condition(self.document.link, "eq", (str(document_id),)),
            sort=("position",),
            columns=tuple(shown_fields(actor, spec)),
            limit=MOST_LINES,
            labelled=(),
        )
        shape = shape_of(actor, spec)
        return [shape.item(row) for row in list_rows(actor, spec, request).rows]

    def show_operation(self) -> Operation:
        """Describe how a document is read."""
        return self._answering(operations.show_operation(self.spec), 200)

    def create_operation(self) -> Operation:
        """Describe how a document is created with its lines."""
        found = operations.create_operation(self.spec)
        body = object_schemas(self.spec)[f"{component_name(self.spec.name)}Create"]
        example = {"example": found.body["example"]} if found.body and "example" in found.body else {}
        body = {**body, "properties": {**body["properties"], LINES: self._lines_schema(keeps=False)}, **example}
        # An organization's own fields are taken as well.
        body.pop("additionalProperties", None)
        return self._answering(_changed(found, body=body), 201)

    def lines_operation(self) -> Operation:
        """Describe how the lines of a document are replaced."""
        return Operation(
            id=f"replace_{self.document.parent}_lines",
            summary=gettext_lazy("Replace the lines"),
            description=gettext_lazy(
                "Lines with an id are changed, others added, missing ones deleted. All or nothing."
            ),
            tag=self.spec.label_plural,
            body={
                "type": "object",
                "properties": {LINES: self._lines_schema(keeps=True), "reason": {"type": "string"}},
                "required": [LINES],
            },
            replies={
                200: Reply(gettext_lazy("The document with its lines."), self._with_lines_schema()),
                202: Reply(gettext_lazy("Accepted, and waiting for approval."), self._with_lines_schema()),
            },
            problems=(400, 409, 412, 413, 415, 422),
        )

    def _with_lines(self, call: Call, document_id: uuid.UUID, *, status: int = 200) -> Answer:
        answer = record_answer(call, call.spec(self.plural), document_id, status=status)
        if "version" in answer.body:
            answer.body = {**answer.body, LINES: self.lines(call.actor, document_id)}
        return answer

    def _lines_schema(self, *, keeps: bool) -> Json:
        """Return the schema of the lines of a body; where lines are replaced, an ``id`` keeps one."""
        line = self.document.line
        body = object_schemas(objects[line])[f"{component_name(line)}Update"]
        left_out = {self.document.link, "position"}
        properties = {name: schema for name, schema in body["properties"].items() if name not in left_out}
        if keeps:
            properties["id"] = {"type": ["string", "null"], "format": "uuid"}
        item = {"type": "object", "properties": properties}
        return {"type": "array", "maxItems": MOST_LINES, "items": item}

    def _with_lines_schema(self) -> Json:
        lines = {"type": "array", "items": dict(item_reference(self.document.line))}
        own = reference(component_name(self.document.parent))
        return {"allOf": [own, {"type": "object", "properties": {LINES: lines}}]}

    def _answering(self, operation: Operation, status: int) -> Operation:
        reply = operation.replies[status]
        replies = {**operation.replies, status: Reply(reply.description, self._with_lines_schema(), reply.headers)}
        return _changed(operation, replies=replies)


def _lines(given: Any) -> list[Json]:
    if not isinstance(given, list) or not all(isinstance(line, dict) for line in given):
        raise Invalid([FieldError(LINES, "not_list", _("The lines are a list of objects."))])
    return given


def _changed(operation: Operation, **changes: Any) -> Operation:
    return Operation(**{**operation.__dict__, **changes})
