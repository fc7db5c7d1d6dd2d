"""A table of a move: what its columns go to, what it is, whether it is taken over."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.transfer.importing import services as imports
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import Import
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import saved
from banyan.core.web.transfer.planning import plan_page, read_plan
from banyan.core.web.views.base import signed_in, spec_named
from banyan.migration.models import Move, MoveTable
from banyan.migration.planning import links_to_make
from banyan.migration.services import correcting, finding
from banyan.migration.views.frame import answer, found_move, system_label, url_of
from banyan.migration.views.showing import open_columns, used_columns


@signed_in("GET", "POST")
def table_page(request: SignedInRequest, move_id: uuid.UUID, table_id: uuid.UUID) -> HttpResponse:
    """Show what each column of a table goes to, and keep what is changed."""
    move = found_move(request, move_id)
    table, task = _planned(move, table_id)
    spec = spec_named(request, table.object_name)
    if request.method == "POST":
        finding.require_draft(move)
        plan, wanted = read_plan(task, spec, request.POST)
        plan.create_links = links_to_make(spec, plan)
        try:
            imports.set_plan(request.actor, task, plan)
            if wanted:
                imports.create_fields(request.actor, task, columns=wanted)
        except DomainError as refusal:
            return _shown(request, move, table, task, plan=plan, problem=str(refusal.message))
        return saved(request, _("Saved."), url_of(move))
    return _shown(request, move, table, task)


def _planned(move: Move, table_id: uuid.UUID) -> tuple[MoveTable, Import]:
    table = finding.find_table(move, table_id)
    if table.task is None:
        raise Missing("not_found", _("There is no such table."))
    return table, table.task


def _shown(
    request: SignedInRequest,
    move: Move,
    table: MoveTable,
    task: Import,
    *,
    plan: ImportPlan | None = None,
    problem: str = "",
) -> HttpResponse:
    spec = spec_named(request, table.object_name)
    plan = plan or ImportPlan.from_json(task.plan)
    with plan_page(request.actor, task, spec, plan) as page:
        context = page.context(problem=problem)
    context |= {
        "move": move,
        "move_url": url_of(move),
        "url": f"{url_of(move)}/tables/{table.pk}",
        "title": table.name,
        "system": system_label(table.system),
        "open_columns": open_columns(plan),
        "used": used_columns(plan),
    }
    return answer(request, "table.html", context, status=422 if problem else 200)


@signed_in("POST")
def take_fields(request: SignedInRequest, move_id: uuid.UUID, table_id: uuid.UUID) -> HttpResponse:
    """Make an own field for every column that goes nowhere, so that nothing of it is lost."""
    move = found_move(request, move_id)
    finding.require_draft(move)
    table, task = _planned(move, table_id)
    columns = open_columns(ImportPlan.from_json(task.plan))
    imports.create_fields(request.actor, task, columns=columns)
    text = ngettext("%(num)s own field was made.", "%(num)s own fields were made.", len(columns)) % {
        "num": len(columns)
    }
    return saved(request, text, f"{url_of(move)}/tables/{table.pk}")


@signed_in("POST")
def assign(request: SignedInRequest, move_id: uuid.UUID, table_id: uuid.UUID) -> HttpResponse:
    """Say by hand what a table is."""
    move = found_move(request, move_id)
    table = finding.find_table(move, table_id)
    chosen = request.POST.get("kind", "")
    system, _separator, kind = chosen.partition(":")
    object_name = chosen if not kind else ""
    correcting.assign(request.actor, move, table, system=system if kind else "", kind=kind, object_name=object_name)
    return HttpResponseRedirect(url_of(move), status=303)


@signed_in("POST")
def leave_out(request: SignedInRequest, move_id: uuid.UUID, table_id: uuid.UUID) -> HttpResponse:
    """Leave a table out, or take it in again."""
    move = found_move(request, move_id)
    table = finding.find_table(move, table_id)
    correcting.leave_out(move, table, is_left_out=not table.is_left_out)
    return HttpResponseRedirect(url_of(move), status=303)
