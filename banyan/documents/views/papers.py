"""The paper of a record: which language, PDF, the browser's printer, kept among the files."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from banyan.core.access.decisions import effective_scope
from banyan.core.access.scopes import Action, Scope
from banyan.core.jobs.models import RunState
from banyan.core.jobs.runs import find_run
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.listing.labels import labels_of
from banyan.core.web.answers import done, page, part, visit, wants_dialog
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.pdf import can_draw
from banyan.core.web.views.base import signed_in
from banyan.documents.jobs import MAKE, start_paper
from banyan.documents.services import papers
from banyan.documents.services.answers import pdf_answer
from banyan.documents.services.rendering import paper_markup


@signed_in("GET")
def choose(request: SignedInRequest, kind: str, record_id: uuid.UUID) -> HttpResponse:
    """Offer the paper of a record in each language."""
    found, spec = papers.kind_for(request.actor, kind)
    row = papers.load_row(request.actor, found, spec, record_id)
    first = papers.chosen_language("", found.language(request.actor, row))
    url = f"/documents/{kind}/{record_id}"
    languages = sorted(LANGUAGES, key=lambda entry: entry[0] != first)
    title = labels_of({spec.name: [record_id]}, actor=request.actor).get(record_id, "")
    context = {
        "title": str(found.label),
        "name": title,
        "url": url,
        "languages": [{"code": code, "label": name} for code, name in languages],
        "cannot": can_draw(),
        "may_keep": effective_scope(request.actor, spec, Action.EDIT) is not Scope.NONE,
        "back_url": f"/{spec.plural}/{record_id}",
    }
    if wants_dialog(request):
        return part(request, "documents/choose_dialog.html", {"paper": context})
    return page(request, "documents/choose.html", {"paper": context})


@signed_in("GET")
def pdf(request: SignedInRequest, kind: str, record_id: uuid.UUID) -> HttpResponse:
    """Send a paper as PDF; a big one is made in the background, and the answer leads to where it appears."""
    found, spec = papers.kind_for(request.actor, kind)
    row = papers.load_row(request.actor, found, spec, record_id)
    language = papers.chosen_language(request.GET.get("language", ""), found.language(request.actor, row))
    if papers.is_big(request.actor, found, row) and not can_draw():
        run = start_paper(request.actor, kind, record_id, language, keeps=False)
        return HttpResponseRedirect(f"/documents/making/{run.pk}", status=303)
    name, content = papers.pdf_of(request.actor, found, row, language)
    return pdf_answer(name, content)


@signed_in("GET")
def print_page(request: SignedInRequest, kind: str, record_id: uuid.UUID) -> HttpResponse:
    """Show a paper as the browser prints it."""
    found, spec = papers.kind_for(request.actor, kind)
    row = papers.load_row(request.actor, found, spec, record_id)
    language = papers.chosen_language(request.GET.get("language", ""), found.language(request.actor, row))
    paper = papers.paper_of(request.actor, found, row, language)
    text, _pictures = paper_markup(request.actor.organization, paper, language, template=found.template, prints=True)
    return HttpResponse(text)


@signed_in("POST")
def keep(request: SignedInRequest, kind: str, record_id: uuid.UUID) -> HttpResponse:
    """Put a paper among the files of its record."""
    found, spec = papers.kind_for(request.actor, kind)
    row = papers.load_row(request.actor, found, spec, record_id)
    language = papers.chosen_language(request.POST.get("language", ""), found.language(request.actor, row))
    url = f"/{spec.plural}/{record_id}"
    if papers.is_big(request.actor, found, row) and not can_draw():
        run = start_paper(request.actor, kind, record_id, language, keeps=True)
        return visit(request, f"/documents/making/{run.pk}")
    name, content = papers.pdf_of(request.actor, found, row, language)
    papers.keep_paper(request.actor, found, record_id, name, content)
    text = _("“%(name)s” is among the files.") % {"name": name}
    return done(request, text, next_url=url, changed=(spec.plural,), close_dialog=True, visit={"url": url})


@signed_in("GET")
def making(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show how far a big paper is, and then the paper."""
    run = find_run(run_id, MAKE)
    if run.asked_by_id != request.actor.user_id:
        raise Missing("not_found", _("There is no such job."))
    context: dict[str, Any] = {
        "is_under_way": run.is_under_way,
        "waits_for_worker": run.is_under_way and not run.started_at and not is_worker_alive(),
        "problem": run.problem if run.state == RunState.FAILED else "",
        "file": run.outcome.get("file", "") if run.state == RunState.DONE else "",
        "name": run.outcome.get("name", ""),
        "url": request.path,
    }
    if request.headers.get("HX-Target") == "paper-state":
        return part(request, "documents/_making.html", {"making": context})
    return page(request, "documents/making.html", {"making": context})
