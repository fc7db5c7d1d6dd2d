"""Importing a file: choose it, look at what was understood, import, mend, undo."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.files.scanning import Infected
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.importing import engine, services
from banyan.core.transfer.importing.plan import MATCH_MODES, ImportPlan
from banyan.core.transfer.jobs import start as queue
from banyan.core.transfer.models import Import, ImportStatus
from banyan.core.web.answers import done, page, part, refused, tell
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import import_ways_for
from banyan.core.web.transfer.planning import plan_page, read_plan
from banyan.core.web.transfer.showing import outcome_context
from banyan.core.web.views.base import signed_in, spec_named

#: Files up to this many rows are worked off while the person waits; it takes a second or two.
AT_ONCE_ROWS = 1_000


def importable(request: SignedInRequest) -> list[ObjectSpec]:
    """Return the objects that the person may import."""
    return [
        spec
        for spec in specs_on(request.actor.organization).values()
        if spec.importable and may(request.actor, spec, Action.IMPORT) and (spec.in_menu or spec.has_page)
    ]


@signed_in("GET")
def import_list(request: SignedInRequest) -> HttpResponse:
    """List one's own imports, newest first."""
    rows = Import.objects.filter(started_by_id=request.actor.user_id, part_of__isnull=True)[:100]
    names = specs_on(request.actor.organization)
    shown = [(row, str(names[row.object_name].label_plural)) for row in rows if row.object_name in names]
    return page(request, "transfer/list.html", {"imports": shown})


@signed_in("GET", "POST")
def new_import(request: SignedInRequest) -> HttpResponse:
    """Take a file; its plan is shown next. A file that cannot be read is refused with the way out."""
    name = request.POST.get("object") or request.GET.get("object") or "customer"
    specs = importable(request)
    if not any(spec.name == name for spec in specs):
        raise Missing("not_found", _("There is no such page."))
    problem, infected = "", None
    if request.method == "POST":
        upload = request.FILES.get("file")
        if upload is None:
            problem = _("Choose a file.")
        else:
            try:
                task = _take(request, name, upload)
                return HttpResponseRedirect(f"/imports/{task.pk}", status=303)
            except DomainError as refusal:
                problem = str(refusal.message)
                infected = refusal if isinstance(refusal, Infected) else None
    context = {
        "objects": specs,
        "object_name": name,
        "problem": problem,
        "spec": spec_named(request, name),
        "ways": import_ways_for(request.actor, name),
    }
    response = page(request, "transfer/new.html", context, status=422 if problem else 200)
    if infected is not None:
        response.refusal = infected  # type: ignore[attr-defined]  # written down by the middleware
    return response


@transaction.atomic
def _take(request: SignedInRequest, name: str, upload: UploadedFile) -> Import:
    with services.readable_copy(services.as_source(upload), upload.name or "") as path:
        task = services.begin(request.actor, object_name=name, path=path, file_name=upload.name or "")
    upload.seek(0)
    task.file = services.keep_file(request.actor, upload)
    task.save(update_fields=["file"])
    return task


@signed_in("GET")
def import_page(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Show an import: its plan before it begins, its progress and result afterwards."""
    task = services.find(request.actor, import_id)
    spec = spec_named(request, task.object_name)
    if task.status == ImportStatus.DRAFT:
        return _plan_page(request, task, spec)
    return page(request, "transfer/outcome.html", outcome_context(request.actor, task, spec))


def _plan_page(request: SignedInRequest, task: Import, spec: ObjectSpec, *, problem: str = "") -> HttpResponse:
    """Show the plan; after a refusal as it was entered."""
    plan = read_plan(task, spec, request.POST)[0] if problem else ImportPlan.from_json(task.plan)
    with plan_page(request.actor, task, spec, plan) as shown:
        context = shown.context(problem=problem)
    return page(request, "transfer/plan.html", context, status=422 if problem else 200)


@signed_in("POST")
def column(request: SignedInRequest, import_id: uuid.UUID, position: int) -> HttpResponse:
    """Answer with the row of a column whose field was chosen anew, and with what would go wrong now."""
    task = services.find(request.actor, import_id)
    spec = spec_named(request, task.object_name)
    plan = read_plan(task, spec, request.POST)[0]
    if position >= len(plan.columns):
        raise Missing("not_found", _("There is no such page."))
    with plan_page(request.actor, task, spec, plan) as shown:
        context = {"task": task, "column": shown.column(position), "preview": shown.preview_context()}
    return part(request, "transfer/_column.html", context)


@signed_in("POST")
def reread(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Read the file by another sheet or encoding."""
    task = services.find(request.actor, import_id)
    if task.file is None:
        raise Missing("file_lost", _("The content of this file is missing. Choose it again."))
    sheet, encoding = request.POST.get("sheet", ""), request.POST.get("encoding", "")
    with services.local_copy(task.file) as path:
        services.read_again(request.actor, task, path, sheet=sheet, encoding=encoding)
    return HttpResponseRedirect(f"/imports/{task.pk}", status=303)


@signed_in("POST")
def start(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Begin: small files at once, larger ones in the background. ``try`` writes nothing."""
    task = services.find(request.actor, import_id)
    spec = spec_named(request, task.object_name)
    is_trial = "try" in request.POST
    try:
        if task.status == ImportStatus.DRAFT:
            _set_plan(request, task, spec)
        _run(request, task, is_dry_run=is_trial)
    except DomainError as refusal:
        task = services.find(request.actor, import_id)
        return refused(_plan_page(request, task, spec, problem=str(refusal.message)))
    return HttpResponseRedirect(f"/imports/{task.pk}", status=303)


def _set_plan(request: SignedInRequest, task: Import, spec: ObjectSpec) -> None:
    plan, wanted = read_plan(task, spec, request.POST)
    services.set_plan(request.actor, task, plan)
    if wanted:
        services.create_fields(request.actor, task, columns=wanted)


def _run(request: SignedInRequest, task: Import, *, is_dry_run: bool = False) -> None:
    if task.estimated_rows > AT_ONCE_ROWS or task.file is None:
        queue(request.actor, task, is_dry_run=is_dry_run)
        return
    services.make_ready(request.actor, task, is_dry_run=is_dry_run)
    with services.local_copy(task.file) as path:
        engine.work(request.actor, task.pk, path)


@signed_in("GET")
def progress(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Answer with how far an import is, for the page that shows it."""
    task = services.find(request.actor, import_id)
    context = outcome_context(request.actor, task, spec_named(request, task.object_name))
    return part(request, "transfer/_outcome.html", context)


@signed_in("POST")
def stop(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Ask a running import to stop; it can go on later."""
    services.stop(services.find(request.actor, import_id))
    return done(request, _("The import stops after the current rows."), next_url=f"/imports/{import_id}")


@signed_in("POST")
def go_on(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Let an import that stopped, failed or was only tried go on for real."""
    _run(request, services.find(request.actor, import_id))
    return HttpResponseRedirect(f"/imports/{import_id}", status=303)


@signed_in("POST")
def undo(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Take a whole import back, updates included."""
    services.undo_import(request.actor, services.find(request.actor, import_id))
    return HttpResponseRedirect(f"/imports/{import_id}", status=303)


@signed_in("GET")
def errors_file(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Send the rejected rows as CSV, each with the reason."""
    task = services.find(request.actor, import_id)
    target = io.StringIO(newline="")
    services.write_errors(task, target)
    response = HttpResponse(f"\ufeff{target.getvalue()}", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return response


@signed_in("POST")
def mend(request: SignedInRequest, import_id: uuid.UUID, row_id: uuid.UUID) -> HttpResponse:
    """Try a rejected row again with the cells that were corrected."""
    task = services.find(request.actor, import_id)
    width = len(ImportPlan.from_json(task.plan).columns)
    cells: list[Any] = [request.POST.get(f"cell_{position}") or None for position in range(width)]
    mended = services.mend_row(request.actor, task, row_id, cells, match=_chosen_match(request))
    return _mended(request, mended, still_wrong=mended.rejected >= task.rejected)


@signed_in("POST")
def mend_all(request: SignedInRequest, import_id: uuid.UUID) -> HttpResponse:
    """Try all rejected rows again as they are."""
    task = services.find(request.actor, import_id)
    mended = services.mend_all(request.actor, task, match=_chosen_match(request))
    return _mended(request, mended, still_wrong=mended.rejected >= task.rejected)


def _chosen_match(request: SignedInRequest) -> str:
    match = request.POST.get("match", "")
    return match if match in MATCH_MODES else ""


def _mended(request: SignedInRequest, task: Import, *, still_wrong: bool) -> HttpResponse:
    spec = spec_named(request, task.object_name)
    response = part(request, "transfer/_outcome.html", outcome_context(request.actor, task, spec))
    text = _("Still not right; see the reason.") if still_wrong else _("Taken.")
    tell(response, toast={"text": text, "kind": "warning" if still_wrong else "success"})
    return tell(response, records_changed={"object": spec.plural})
