"""Background jobs, the log of the set-up, and where the REST interface is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from banyan.core.jobs.registration import label_of
from banyan.core.jobs.status import FAILED, JobRow, counts_of, jobs_of, retry_job
from banyan.core.kernel.errors import Missing
from banyan.core.records.models import Change
from banyan.core.web.mail import base_url
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.settings.setup_words import ACTIONS, name_of_subject, name_of_value, subjects
from banyan.core.web.views.base import signed_in

JOBS_URL = "/settings/jobs"
SHOWN = 100
STATES = {
    "todo": (gettext_lazy("Waiting"), "blue"),
    "doing": (gettext_lazy("Running"), "teal"),
    "succeeded": (pgettext_lazy("state", "Done"), "green"),
    "failed": (gettext_lazy("Failed"), "red"),
    "cancelled": (gettext_lazy("Cancelled"), "grey"),
    "aborted": (gettext_lazy("Stopped"), "grey"),
}


@signed_in("GET")
def jobs(request: SignedInRequest) -> HttpResponse:
    """Show the organization's jobs by state."""
    require_page(request.actor, "jobs")
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    counts = counts_of(request.actor.organization_id)
    tabs = [
        {"label": _("All"), "url": JOBS_URL, "active": not state, "count": sum(counts.values())},
        *(
            {
                "label": str(label),
                "url": f"{JOBS_URL}?state={name}",
                "active": name == state,
                "count": counts.get(name, 0),
            }
            for name, (label, _color) in STATES.items()
        ),
    ]
    rows = [_described(row) for row in jobs_of(request.actor.organization_id, state=state, limit=SHOWN)]
    return settings_answer(request, "jobs", "settings/jobs.html", {"tabs": tabs, "jobs": rows})


@signed_in("POST")
def repeat_job(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Queue a failed job again."""
    require_page(request.actor, "jobs")
    if not retry_job(request.actor.organization_id, job_id):
        raise Missing("not_found", _("This job has not failed, or is gone."))
    return saved(request, _("The job is queued again."), JOBS_URL)


@signed_in("GET")
def changes(request: SignedInRequest) -> HttpResponse:
    """Show who changed people, rights, fields and the organization."""
    require_page(request.actor, "changes")
    found = Change.objects.filter(object_name__in=subjects.keys()).select_related("actor")[:SHOWN]
    rows = [
        {
            "when": told_instant(change.at),
            "who": change.actor.name if change.actor else _("The system"),
            "subject": name_of_subject(change.object_name),
            "action": str(ACTIONS.get(change.action, change.action)),
            "values": [
                {"name": name_of_value(name), "old": shown_value(pair[0]), "new": shown_value(pair[1])}
                for name, pair in change.values.items()
            ],
        }
        for change in found
    ]
    return settings_answer(request, "changes", "settings/changes.html", {"changes": rows})


@signed_in("GET")
def api(request: SignedInRequest) -> HttpResponse:
    """Say where the REST interface is and how a program signs in."""
    return settings_answer(request, "api", "settings/api.html", {"address": f"{base_url()}/api/v1"})


def _described(row: JobRow) -> dict[str, Any]:
    label, color = STATES.get(row.state, (row.state, "grey"))
    instant = row.ended_at or row.started_at or row.scheduled_at
    took = (row.ended_at - row.started_at).total_seconds() if row.ended_at and row.started_at else None
    return {
        "id": row.id,
        "label": label_of(row.name),
        "name": row.name,
        "has_failed": row.state == FAILED,
        "state": str(label),
        "color": color,
        "when": told_instant(instant) if instant else "",
        "took": _("%(seconds).1f s") % {"seconds": took} if took is not None and took >= 0 else "",
        "attempts": row.attempts,
        "may_repeat": row.state == FAILED,
    }


def shown_value(value: Any) -> str:
    """Return a value of the log as one line."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, (list, dict)):
        return ngettext("%(count)d entry", "%(count)d entries", len(value)) % {"count": len(value)}
    return str(value)[:200]
