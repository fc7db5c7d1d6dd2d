"""A move: files are delivered, what was recognised is shown and corrected, tried, carried out, taken back."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.web.answers import done, part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in
from banyan.migration import jobs
from banyan.migration.choices import UNDER_WAY, MoveState
from banyan.migration.models import Move
from banyan.migration.people import is_user, people_of, stages_of
from banyan.migration.queries import counts_of, file_counts_of, progress_of, title_of
from banyan.migration.services import correcting, delivering, relating, running
from banyan.migration.services.reporting import write_report
from banyan.migration.views.frame import PAGE, URL, answer, found_move, system_choices, system_label, url_of
from banyan.migration.views.showing import draft_context, outcome_rows, sent_texts

SHOWN = 50
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@signed_in("GET", "POST")
def moves(request: SignedInRequest) -> HttpResponse:
    """Say where exports are found, take files, and list the moves so far."""
    require_page(request.actor, PAGE)
    problem = ""
    if request.method == "POST":
        uploads = request.FILES.getlist("files")
        if uploads:
            try:
                with delivering.deliveries(uploads) as files:
                    move = delivering.begin(request.actor, files, system=request.POST.get("source", delivering.AUTO))
                return HttpResponseRedirect(url_of(move), status=303)
            except DomainError as refusal:
                problem = str(refusal.message)
        else:
            problem = _("Choose at least one file.")
    context = {
        "systems": system_choices(request.actor.language),
        "source": request.POST.get("source", delivering.AUTO),
        "problem": problem,
        "moves": [_shown(move) for move in Move.objects.select_related("started_by")[:SHOWN]],
    }
    return answer(request, "moves.html", context, status=422 if problem else 200)


@signed_in("GET")
def move_page(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Show a move: what was recognised before it begins, progress and figures afterwards."""
    move = found_move(request, move_id)
    if move.state == MoveState.DRAFT:
        asked = parse_id(request.GET.get("table", ""))
        return answer(request, "draft.html", {**draft_context(request.actor, move), "asked": asked})
    return answer(request, "outcome.html", _outcome(move))


@signed_in("GET")
def progress(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Answer with how far a move is; the page asks while it runs."""
    return part(request, "migration/_outcome.html", _outcome(found_move(request, move_id)))


@signed_in("POST")
def add_files(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Take more files into a move that has not begun."""
    move = found_move(request, move_id)
    with delivering.deliveries(request.FILES.getlist("files")) as files:
        delivering.add_files(request.actor, move, files)
    return HttpResponseRedirect(url_of(move), status=303)


@signed_in("POST")
def mappings(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Keep who is who, which stage is which, and what happens to what is there already."""
    move = found_move(request, move_id)
    _keep_mappings(request, move)
    return saved(request, _("Saved."), url_of(move))


def _keep_mappings(request: SignedInRequest, move: Move) -> None:
    if "relations_shown" in request.POST:
        chosen_places = {int(place) for place in request.POST.getlist("relation") if place.isdigit()}
        relating.choose_relations(request.actor, move, chosen_places)
    people, stages = people_of(move), stages_of(move)
    for text, chosen in sent_texts(request.POST, "person"):
        people.choose(text, chosen if is_user(chosen) else "")
    for text, chosen in sent_texts(request.POST, "stage"):
        stages.choose(text, chosen)
    correcting.set_mappings(move, people, stages, match=request.POST.get("match", move.match))


@signed_in("POST")
def start(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Begin a move or let it go on; ``try`` writes nothing. What was chosen on the page before is kept."""
    move = found_move(request, move_id)
    if "match" in request.POST:
        _keep_mappings(request, move)
    jobs.start(request.actor, move, is_dry_run="try" in request.POST, may_wait=True)
    return HttpResponseRedirect(url_of(move), status=303)


@signed_in("POST")
def back(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Go back from a trial to what was recognised, to correct it."""
    move = found_move(request, move_id)
    correcting.reopen(move)
    return HttpResponseRedirect(url_of(move), status=303)


@signed_in("POST")
def stop(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Ask a running move to stop after its current piece."""
    move = found_move(request, move_id)
    running.stop(request.actor, move)
    return done(request, _("It stops after the current piece."), next_url=url_of(move))


@signed_in("POST")
def undo(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Take a whole move back."""
    move = found_move(request, move_id)
    undone = running.undo(request.actor, move)
    text = ngettext("%(num)s record went back.", "%(num)s records went back.", undone.records) % {"num": undone.records}
    if undone.files:
        files = ngettext("%(num)s file was taken off.", "%(num)s files were taken off.", undone.files)
        text = f"{text} {files % {'num': undone.files}}"
    if undone.conflicts:
        left = ngettext(
            "%(num)s was changed since and stays.", "%(num)s were changed since and stay.", undone.conflicts
        )
        text = f"{text} {left % {'num': undone.conflicts}}"
    return saved(request, text, url_of(move))


@signed_in("POST")
def discard(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Delete a move that has not begun, with its files."""
    move = found_move(request, move_id)
    correcting.discard(move)
    return saved(request, _("The files are deleted."), URL)


@signed_in("GET")
def report(request: SignedInRequest, move_id: uuid.UUID) -> HttpResponse:
    """Send the workbook of what did not fit."""
    move = found_move(request, move_id)
    with tempfile.TemporaryDirectory(prefix="banyan-move-") as folder:
        path = Path(folder) / "report.xlsx"
        write_report(move, path)
        response = HttpResponse(path.read_bytes(), content_type=WORKBOOK)
    name = f"{system_label(move.system)} {localtime(move.created_at):%Y-%m-%d}.xlsx"
    response.headers["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    return response


def _shown(move: Move) -> dict[str, Any]:
    tables = running.tables_of(move)
    counts = counts_of(tables)
    return {
        "url": url_of(move),
        "system": system_label(move.system),
        "title": title_of(move),
        "state": _("Trial run") if move.is_dry_run else move.get_state_display(),
        "who": move.started_by.name if move.started_by else "",
        "when": told_instant(move.created_at),
        "created": counts["created"],
        "updated": counts["updated"],
        "attention": counts["rejected"] + counts["incomplete"],
    }


def _outcome(move: Move) -> dict[str, Any]:
    tables = running.tables_of(move)
    position, total = progress_of(move, tables)
    may_end = {MoveState.DONE, MoveState.STOPPED, MoveState.FAILED}
    counts, file_counts = counts_of(tables), file_counts_of(move)
    return {
        "move": move,
        "url": url_of(move),
        "title": system_label(move.system),
        "files": title_of(move),
        "when": told_instant(move.created_at),
        "is_under_way": move.state in UNDER_WAY,
        "is_waiting_for_worker": move.state == MoveState.WAITING and not is_worker_alive(),
        "status": move.get_state_display(),
        "position": position,
        "total": max(total, 1),
        "counts": counts,
        "file_counts": file_counts,
        "attention": counts["rejected"] + counts["incomplete"] + file_counts["files_lost"],
        "tables": outcome_rows(move, tables),
        "may_undo": not move.is_dry_run
        and move.state in may_end
        and bool(counts["created"] or counts["updated"] or file_counts["files"]),
        "may_go_on": (move.is_dry_run and move.state in may_end) or move.state in {MoveState.STOPPED, MoveState.FAILED},
    }
