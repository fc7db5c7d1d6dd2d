"""Work on many records in the background: how far it is, what it did, and taking it back."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.bulk.models import BulkAction, BulkStatus, BulkTask
from banyan.core.bulk.services import ENDED, begin_undo, find, stop
from banyan.core.jobs.status import is_worker_alive
from banyan.core.web.answers import done, page, part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named

UNDER_WAY = {BulkStatus.WAITING, BulkStatus.RUNNING, BulkStatus.STOPPING, BulkStatus.UNDOING}


@signed_in("GET")
def task_page(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Show a piece of work."""
    return page(request, "objects/bulk_task.html", _context(request, task_id))


@signed_in("GET")
def progress(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Answer with how far it is, for the page that shows it."""
    return part(request, "objects/_bulk_task.html", _context(request, task_id))


@signed_in("POST")
def stop_task(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Ask the work to stop after the current records."""
    stop(find(request.actor, task_id))
    return done(request, _("The work stops after the current records."), next_url=f"/bulk/{task_id}")


@signed_in("POST")
def undo_task(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Take the whole work back, in the background too."""
    begin_undo(request.actor, find(request.actor, task_id))
    return HttpResponseRedirect(f"/bulk/{task_id}", status=303)


def _context(request: SignedInRequest, task_id: uuid.UUID) -> dict[str, Any]:
    task = find(request.actor, task_id)
    spec = spec_named(request, task.object_name)
    titles = {
        BulkAction.UPDATE: _("Change many: %(objects)s"),
        BulkAction.TAG: _("Tag many: %(objects)s"),
        BulkAction.DELETE: _("Delete many: %(objects)s"),
        BulkAction.HAND_OVER: _("Hand over: %(objects)s"),
    }
    return {
        "task": task,
        "spec": spec,
        "title": titles[BulkAction(task.action)] % {"objects": spec.label_plural},
        "status": str(BulkStatus(task.status).label),
        "is_under_way": task.status in UNDER_WAY,
        "is_waiting_for_worker": task.status in {BulkStatus.WAITING, BulkStatus.UNDOING} and not is_worker_alive(),
        "outcome": outcome_of(task),
        "may_undo": task.status in ENDED and bool(task.updated or task.deleted),
    }


def outcome_of(task: BulkTask) -> str:
    """Return in words what the work has done so far, with the first reason why a record was left."""
    if task.status == BulkStatus.UNDONE:
        text = ngettext("%(count)s record is as it was.", "%(count)s records are as they were.", task.undone)
        parts = [text % {"count": f"{task.undone:,}"}]
        if task.conflicts:
            left = ngettext(
                "%(count)s was changed since and stays as it is.",
                "%(count)s were changed since and stay as they are.",
                task.conflicts,
            )
            parts.append(left % {"count": f"{task.conflicts:,}"})
        return " ".join(parts)
    if task.action == BulkAction.DELETE:
        text = ngettext("%(count)s record was deleted.", "%(count)s records were deleted.", task.deleted)
        parts = [text % {"count": f"{task.deleted:,}"}]
    else:
        text = ngettext("%(count)s record was changed.", "%(count)s records were changed.", task.updated)
        parts = [text % {"count": f"{task.updated:,}"}]
    if task.unchanged:
        parts.append(_("%(count)s had this value already.") % {"count": f"{task.unchanged:,}"})
    if task.rejected:
        reason = task.problems[0]["errors"][0]["message"]
        text = _("%(count)s could not be changed: %(reason)s")
        parts.append(text % {"count": f"{task.rejected:,}", "reason": reason})
    return " ".join(parts)
