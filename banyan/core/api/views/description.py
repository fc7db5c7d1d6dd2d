"""The description of the interface for programs."""

from __future__ import annotations

import hashlib

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.openapi.document import document_of


def show_document(call: Call) -> Answer:
    """Answer with the OpenAPI document, or with 304 when the client has it already."""
    call.allow_only(())
    document = document_of(call.actor.organization)
    tag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    if tag in call.request.headers.get("If-None-Match", ""):
        return Answer(status=304, headers={"ETag": tag})
    return Answer(document, headers={"ETag": tag})
