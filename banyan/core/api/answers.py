"""What a view of the interface answers with, before it becomes an HTTP response."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpResponse

JSON_TYPE = "application/json"


@dataclass
class Answer:
    """Status, body and headers of an answer; a body of ``bytes`` is JSON already, None is no body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the body as JSON: ids, days and instants as text, instants in UTC with ``Z``."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else orjson.dumps(self.body, option=orjson.OPT_UTC_Z)

    def response(self) -> HttpResponse:
        """Return the HTTP response; what it says depends on who asks and is for nobody else to keep."""
        content = self.encoded()
        response = HttpResponse(content, status=self.status, content_type=JSON_TYPE if content else None)
        response["Cache-Control"] = "private, no-cache"
        response["Vary"] = "Authorization, Cookie, Accept-Language"
        for name, value in self.headers.items():
            response[name] = value
        return response
