"""Exports of everything: ask for one, take it, delete it, have one made each week."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.models import JobRun, RunState
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.errors import Refused
from banyan.core.transfer.approving import ask_for_everything
from banyan.core.transfer.everything import services
from banyan.core.transfer.everything.control import is_always_approved, may_take, rows_beyond
from banyan.core.transfer.jobs import start_export
from banyan.core.web.accounts.proofs import is_fully_proven
from banyan.core.web.accounts.signing import signed_in_account
from banyan.core.web.answers import part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import fields_of
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.factors import ask_for_proof, proof_address
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

URL = "/settings/export"
PAGE, LIST = "settings/export.html", "settings/_export_list.html"


class ScheduleForm(forms.Form):
    """Whether everything is exported each week, and how many exports are kept."""

    weekly = forms.BooleanField(label=gettext_lazy("Export everything each week"), required=False)
    kept = forms.IntegerField(
        label=gettext_lazy("Exports to keep"), min_value=1, max_value=services.MOST_KEPT,
        help_text=gettext_lazy("Older ones are deleted when a new one is ready."),
    )  # fmt: skip


@signed_in("GET")
def exports(request: SignedInRequest) -> HttpResponse:
    """List the exports, and say what is in one."""
    require_page(request.actor, "export")
    return _page(request, _schedule(request.actor))


@signed_in("GET")
def export_list(request: SignedInRequest) -> HttpResponse:
    """Answer with the list as it is now; the page asks while one is being made."""
    require_page(request.actor, "export")
    return part(request, LIST, {**_shown(request.actor), "is_fresh": _is_proven(request)})


@signed_in("POST")
def begin(request: SignedInRequest) -> HttpResponse:
    """Export everything in the background."""
    require_page(request.actor, "export")
    if not _is_proven(request):
        return ask_for_proof(URL)
    if rows_beyond(request.actor):
        asked = ask_for_everything(request.actor, reason=request.POST.get("reason", ""))
        return saved(
            request,
            _("Somebody has to approve the export. You are told when the file is ready."),
            f"/exports/{asked.pk}",
        )
    start_export(request.actor)
    return saved(request, _("Everything is being exported; the file appears here when it is ready."), URL)


@signed_in("POST")
def schedule(request: SignedInRequest) -> HttpResponse:
    """Switch the weekly export on or off."""
    require_page(request.actor, "export")
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    services.set_schedule(request.actor, weekly=form.cleaned_data["weekly"], kept=form.cleaned_data["kept"])
    return saved(request, _("The schedule is saved."), URL)


@signed_in("GET")
def download(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """Send an export to somebody who has just proved who they are; the log keeps who took it."""
    require_page(request.actor, "export")
    if not _is_proven(request):
        return ask_for_proof(URL)
    run = services.find(request.actor, run_id)
    response = StreamingHttpResponse(services.content_of(request.actor, run), content_type="application/zip")
    response.headers["Content-Length"] = str(run.outcome["size"])
    response.headers["Content-Disposition"] = str(content_disposition_header(True, services.file_name(run)))
    return response


@signed_in("POST")
def delete(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponse:
    """Delete an export and its file."""
    require_page(request.actor, "export")
    services.delete(request.actor, services.find(request.actor, run_id))
    return saved(request, _("The export is deleted."), URL)


def _is_proven(request: SignedInRequest) -> bool:
    """Say whether somebody has just proved who they are: an open laptop must not take everything."""
    return is_fully_proven(request, signed_in_account(request))


def _schedule(actor: Actor) -> ScheduleForm:
    organization = actor.organization
    return ScheduleForm(
        initial={"weekly": services.is_weekly(organization), "kept": services.exports_kept(organization)}
    )


def _page(request: SignedInRequest, form: ScheduleForm, *, status: int = 200) -> HttpResponse:
    context = {
        **_shown(request.actor),
        "fields": fields_of(form),
        "is_fresh": _is_proven(request),
        "proof_url": proof_address(URL),
        "is_always_approved": is_always_approved(request.actor),
        **_limits(request.actor),
    }
    return settings_answer(request, "export", PAGE, context, status=status)


def _limits(actor: Actor) -> dict[str, str]:
    """Return what stops an export of everything: a refusal in words, or how many rows have to be approved."""
    try:
        rows = rows_beyond(actor)
    except Refused as refusal:
        return {"refusal": str(refusal.message), "rows_to_approve": ""}
    return {"refusal": "", "rows_to_approve": f"{rows:,}" if rows else ""}


def _shown(actor: Actor) -> dict[str, Any]:
    runs = services.exports_of(actor)
    running = next((run for run in runs if run.is_under_way), None)
    return {
        "running": running,
        "detail": _("%(done)s of %(total)s rows") % {"done": f"{running.done:,}", "total": f"{running.total:,}"}
        if running and running.total
        else "",
        "is_waiting_for_worker": bool(running and not running.started_at and not is_worker_alive()),
        "exports": [_row(actor, run) for run in runs if not run.is_under_way],
    }


def _row(actor: Actor, run: JobRun) -> dict[str, Any]:
    is_ready = run.state == RunState.DONE
    counts = {"rows": f"{run.outcome.get('rows', 0):,}", "files": f"{run.outcome.get('files', 0):,}"}
    detail = _("%(rows)s rows, %(files)s files") % counts
    return {
        "id": run.pk,
        "when": told_instant(run.ended_at or run.asked_at),
        "who": run.asked_by.name if run.asked_by else _("Weekly schedule"),
        "is_ready": is_ready,
        "may_take": is_ready and may_take(actor, run),
        "detail": f"{detail} · {filesizeformat(run.outcome['size'])}" if is_ready else run.problem,
    }
