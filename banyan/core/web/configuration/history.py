"""Former configurations: who replaced them, when and by what, and how one is put back."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.configuration.models import Occasion, Snapshot
from banyan.core.configuration.proposals import find_snapshot, propose_restoring
from banyan.core.objects.configuration_parts import ordered_parts
from banyan.core.web.answers import visit
from banyan.core.web.configuration.frame import HISTORY, PAGE, URL, answer
from banyan.core.web.configuration.overview import CONTENT_TYPE
from banyan.core.web.configuration.wording import ACTIONS
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page
from banyan.core.web.views.base import signed_in

MOST_SHOWN = 200


@signed_in("GET")
def history(request: SignedInRequest) -> HttpResponse:
    """List what was applied, newest first."""
    require_page(request.actor, PAGE)
    rows = Snapshot.objects.select_related("made_by").defer("document")[:MOST_SHOWN]
    return answer(request, HISTORY, "configuration/history.html", {"snapshots": [_described(row) for row in rows]})


@signed_in("GET")
def snapshot(request: SignedInRequest, snapshot_id: uuid.UUID) -> HttpResponse:
    """Show what was changed, with the way back."""
    require_page(request.actor, PAGE)
    found = find_snapshot(request.actor, snapshot_id)
    parts = {part.name: str(part.label) for part in ordered_parts()}
    changes = [
        {
            **change,
            "part": parts.get(change["part"], change["part"]),
            "action_label": str(ACTIONS[change["action"]][0]),
            "color": ACTIONS[change["action"]][1],
        }
        for change in found.summary
    ]
    context = {"snapshot": _described(found), "changes": changes}
    return answer(request, HISTORY, "configuration/snapshot.html", context)


@signed_in("GET")
def snapshot_file(request: SignedInRequest, snapshot_id: uuid.UUID) -> HttpResponse:
    """Send a former configuration as a file."""
    require_page(request.actor, PAGE)
    found = find_snapshot(request.actor, snapshot_id)
    response = HttpResponse(found.document, content_type=CONTENT_TYPE)
    name = f"configuration-before-{found.made_at:%Y-%m-%d-%H%M}.yaml"
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


@signed_in("POST")
def put_back(request: SignedInRequest, snapshot_id: uuid.UUID) -> HttpResponse:
    """Show what putting a former configuration back would do."""
    require_page(request.actor, PAGE)
    return visit(request, f"{URL}/proposals/{propose_restoring(request.actor, snapshot_id).pk}")


def _described(row: Snapshot) -> dict[str, Any]:
    count = len(row.summary)
    return {
        "url": f"{URL}/history/{row.pk}",
        "occasion": Occasion(row.occasion).label,
        "source": row.source,
        "who": row.made_by.name if row.made_by else _("The system"),
        "when": told_instant(row.made_at),
        "count": ngettext("%(count)d change", "%(count)d changes", count) % {"count": count},
    }
