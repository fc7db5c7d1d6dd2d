"""Looking at the pages as somebody else sees them."""

from __future__ import annotations

import uuid

from django.http import HttpResponse

from banyan.core.access.see_as import SESSION_KEY, begin, end
from banyan.core.web.answers import visit
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page
from banyan.core.web.views.base import signed_in


@signed_in("POST")
def begin_looking(request: SignedInRequest, kind: str, target_id: uuid.UUID) -> HttpResponse:
    """Look as a person, or with one role, from the next page on."""
    require_page(request.actor, "people")
    request.session[SESSION_KEY] = begin(request.actor, kind, target_id)
    return visit(request, "/")


@signed_in("POST")
def stop_looking(request: SignedInRequest) -> HttpResponse:
    """Look with one's own eyes again."""
    kept = request.session.pop(SESSION_KEY, None)
    if kept:
        end(request.actor, kept)
    return visit(
        request, f"/settings/people/{kept['id']}" if kept and kept.get("kind") == "person" else "/settings/roles"
    )
