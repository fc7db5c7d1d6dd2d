"""Settings > Clauses: the texts that contracts take over, with their versions."""

from __future__ import annotations

import uuid
from itertools import groupby

from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from banyan.contracts.forms import ClauseForm
from banyan.contracts.models import Clause
from banyan.contracts.queries import latest_texts, library
from banyan.contracts.services.terms import save_clause
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

PAGE, URL = "clauses", "/settings/clauses"
SHOWN = 110


@signed_in("GET")
def clauses(request: SignedInRequest) -> HttpResponse:
    """List the library by category."""
    require_page(request.actor, PAGE)
    found = list(library(all_of_them=True))
    texts = latest_texts(found)
    groups = [
        {
            "category": category,
            "clauses": [
                {
                    "url": f"{URL}/{clause.pk}",
                    "name": clause.name,
                    "version": clause.latest,
                    "is_active": clause.is_active,
                    "is_standard": clause.is_standard,
                    "text": " ".join(texts.get(clause.pk, "").split())[:SHOWN],
                }
                for clause in rows
            ],
        }
        for category, rows in groupby(found, key=lambda clause: clause.category)
    ]
    actions = [{"label": _("New clause"), "url": f"{URL}/new", "icon": "plus", "primary": True}]
    return settings_answer(request, PAGE, "contracts/clauses.html", {"groups": groups, "actions": actions})


@signed_in("GET", "POST")
def clause(request: SignedInRequest, clause_id: uuid.UUID | None = None) -> HttpResponse:
    """Ask for a clause; a changed text is a new version."""
    require_page(request.actor, PAGE)
    found = Clause.objects.filter(pk=clause_id).first() if clause_id else None
    if clause_id and found is None:
        raise Missing("not_found", _("There is no such clause."))
    initial = {}
    if found is not None:
        initial = {name: getattr(found, name) for name in ("name", "category", "is_standard", "is_active")}
        initial["text"] = latest_texts([found]).get(found.pk, "")
    form = ClauseForm(request.POST or None, initial=initial or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_clause(request.actor, clause_id, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The clause is saved."), URL)
    return settings_form(request, PAGE, form, title=found.name if found else _("New clause"), cancel_url=URL)


routes = (
    path("clauses", clauses, name="settings-clauses"),
    path("clauses/new", clause, name="settings-clause-new"),
    path("clauses/<uuid:clause_id>", clause, name="settings-clause"),
)
