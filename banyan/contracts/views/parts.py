"""The parts of contracts: instalments and terms, also those that an amendment proposes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.contracts.choices import ContractStatus, InstalmentEvent
from banyan.contracts.forms import (
    PLAN_INPUTS,
    TERM_INPUTS,
    ChooseForm,
    Row,
    TermForm,
    plain,
    plan_rows,
    read_rows,
    with_errors,
)
from banyan.contracts.models import ContractAmendment, ContractTerm
from banyan.contracts.queries import library, terms_of
from banyan.contracts.references import AMENDMENT, CONTRACT
from banyan.contracts.services import amendments, instalments, terms
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import done, page, part, refused, wants_dialog
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import Presenter
from banyan.core.web.views.base import signed_in, spec_named

CHANGED = ("contracts", "contract-amendments")
PLAN, TERMS = "plan", "terms"


@signed_in("GET", "POST")
def edit_plan(request: SignedInRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Ask for the instalments of a draft, and let it have exactly those."""
    spec = spec_named(request, CONTRACT)
    row = fetch_row(request.actor, spec, contract_id)
    require(request.actor, spec, Action.EDIT)
    version = request.POST.get("version", "")

    def write(rows: Sequence[Row]) -> None:
        expected = int(version) if version.isdecimal() else None
        instalments.replace_instalments(request.actor, contract_id, rows, version=expected)

    shown = {
        "title": _("Instalments: %(name)s") % {"name": Presenter(request.actor, spec).title(row)},
        "action": f"/{spec.plural}/{contract_id}/instalments",
        "cancel_url": f"/{spec.plural}/{contract_id}",
        "hidden": [{"name": "version", "value": row["version"]}],
        "text": _("Each instalment is a share of the contract or an amount; together they are exactly its amount."),
    }
    stored = plan_rows(instalments.lines_of(contract_id)) or [{"event": InstalmentEvent.SIGNING.value, "share": "100"}]
    return _rows(request, PLAN, shown, stored, write, total=row.get("amount"))


@signed_in("GET", "POST")
def edit_proposed_plan(request: SignedInRequest, amendment_id: uuid.UUID) -> HttpResponse:
    """Ask for the instalments as an amendment shall make them."""
    spec = spec_named(request, AMENDMENT)
    fetch_row(request.actor, spec, amendment_id)
    require(request.actor, spec, Action.EDIT)
    found = ContractAmendment.objects.select_related("contract").get(pk=amendment_id)
    shown = {
        "title": _("Instalments from now on"),
        "action": f"/{spec.plural}/{amendment_id}/instalments",
        "cancel_url": f"/{spec.plural}/{amendment_id}",
        "text": _("Each instalment is a share of the contract or an amount; together they are exactly its amount."),
    }
    stored = plan_rows(found.plan if found.plan is not None else instalments.lines_of(found.contract_id))
    total = found.new_amount if found.new_amount is not None else found.contract.amount
    return _rows(
        request, PLAN, shown, stored, lambda rows: amendments.propose_plan(request.actor, amendment_id, rows), total=total,
    )  # fmt: skip


@signed_in("GET", "POST")
def edit_proposed_terms(request: SignedInRequest, amendment_id: uuid.UUID) -> HttpResponse:
    """Ask for the terms as an amendment shall make them."""
    spec = spec_named(request, AMENDMENT)
    fetch_row(request.actor, spec, amendment_id)
    require(request.actor, spec, Action.EDIT)
    found = ContractAmendment.objects.get(pk=amendment_id)
    stored = found.terms
    if stored is None:
        stored = [{"title": term.title, "text": term.text} for term in terms_of(found.contract_id)]
    shown = {
        "title": _("Terms from now on"),
        "action": f"/{spec.plural}/{amendment_id}/terms",
        "cancel_url": f"/{spec.plural}/{amendment_id}",
    }
    return _rows(
        request, TERMS, shown, stored, lambda rows: amendments.propose_terms(request.actor, amendment_id, rows),
    )  # fmt: skip


@signed_in("GET")
def term_page(request: SignedInRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Show the terms of a contract, to be read and, in a draft, changed."""
    spec = spec_named(request, CONTRACT)
    row = fetch_row(request.actor, spec, contract_id)
    url = f"/{spec.plural}/{contract_id}"
    title = Presenter(request.actor, spec).title(row)
    can_edit = row.get("status") == ContractStatus.DRAFT and may(request.actor, spec, Action.EDIT)
    choose = {
        "label": _("From the library"),
        "url": f"{url}/terms/choose",
        "icon": "plus",
        "opens": "dialog",
        "primary": True,
    }
    own = {"label": _("Own term"), "url": f"{url}/terms/new", "icon": "pencil", "opens": "dialog"}
    context = {
        "title": title,
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}, {"label": title, "url": url}],
        "actions": [choose, own] if can_edit else [],
        "can_edit": can_edit,
        "url": f"{url}/terms",
        "terms": [
            {"id": term.pk, "title": term.title, "text": term.text, "origin": _origin(term)}
            for term in terms_of(contract_id)
        ],
    }
    return page(request, "contracts/terms.html", context)


@signed_in("GET", "POST")
def choose_terms(request: SignedInRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Offer the clauses of the library that a draft does not have yet, and take over those that are chosen."""
    _spec, url = _editable(request, contract_id)
    present = {term.clause_id for term in terms_of(contract_id)}
    clauses = [clause for clause in library() if clause.pk not in present]
    if not clauses:
        raise Missing(
            "no_clauses", _("The library has no further clauses. Write your own term, or add a clause in the settings.")
        )
    form = ChooseForm(request.POST or None, clauses=clauses)
    if request.method == "POST" and form.is_valid():
        chosen = [pk for text in form.cleaned_data["clauses"] if (pk := parse_id(text)) is not None]
        terms.add_clauses(request.actor, contract_id, chosen)
        return _done(request, _("The terms were saved."), url)
    return form_answer(
        request,
        form,
        title=_("Take clauses from the library"),
        submit_label=pgettext("clause", "Take over"),
        cancel_url=url,
    )


@signed_in("GET", "POST")
def write_term(request: SignedInRequest, contract_id: uuid.UUID, term_id: uuid.UUID | None = None) -> HttpResponse:
    """Ask for a term of one's own, or for changes of one."""
    _spec, url = _editable(request, contract_id)
    term = ContractTerm.objects.filter(contract=contract_id, pk=term_id).first() if term_id else None
    if term_id and term is None:
        raise Missing("not_found", _("This term is not part of the contract any more."))
    form = TermForm(request.POST or None, initial={"title": term.title, "text": term.text} if term else {})
    if request.method == "POST" and form.is_valid():
        try:
            terms.set_term(request.actor, contract_id, term_id, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _done(request, _("The terms were saved."), url)
    return form_answer(request, form, title=_("Change the term") if term else _("Own term"), cancel_url=url)


@signed_in("POST")
def change_terms(request: SignedInRequest, contract_id: uuid.UUID, term_id: uuid.UUID, act: str) -> HttpResponse:
    """Move a term up or down, or take it out."""
    _spec, url = _editable(request, contract_id)
    if act == "remove":
        terms.remove_term(request.actor, contract_id, term_id)
    elif act in {"up", "down"}:
        terms.move_term(request.actor, contract_id, term_id, up=act == "up")
    else:
        raise Missing("not_found", _("There is no such page."))
    return _done(request, _("The terms were saved."), url)


def _editable(request: SignedInRequest, contract_id: uuid.UUID) -> tuple[Any, str]:
    spec = spec_named(request, CONTRACT)
    fetch_row(request.actor, spec, contract_id)
    require(request.actor, spec, Action.EDIT)
    return spec, f"/{spec.plural}/{contract_id}/terms"


def _done(request: SignedInRequest, text: str, url: str) -> HttpResponse:
    return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, visit={"url": url})


def _origin(term: ContractTerm) -> str:
    if term.clause_id and term.clause_version:
        return _("From the library, version %(number)d") % {"number": term.clause_version}
    return _("From the library, changed here") if term.clause_id else ""


def _rows(
    request: SignedInRequest,
    kind: str,
    shown: Mapping[str, Any],
    stored: Sequence[Mapping[str, Any]],
    write: Callable[[Sequence[Row]], None],
    *,
    total: Any = None,
) -> HttpResponse:
    """Show an editor of rows; after a POST, write them, or show again what is wrong."""
    rows: list[Row] = [dict(row) for row in stored]
    errors: list[Any] = []
    if request.method == "POST":
        rows = read_rows(request.POST, PLAN_INPUTS if kind == PLAN else TERM_INPUTS)
        try:
            write(rows)
        except DomainError as problem:
            errors = problem.errors if isinstance(problem, Invalid) else []
            head = "instalments" if kind == PLAN else "terms"
            loose = [str(error.message) for error in errors if "." not in error.field] or (
                [] if errors else [str(problem.message)]
            )
            rows = with_errors(rows, errors, head)
            form = {**shown, "errors": [{"field": "", "label": "", "message": text} for text in loose]}
            return refused(_editor(request, kind, form, rows, total, status=422))
        saved = _("The instalments were saved.") if kind == PLAN else _("The terms were saved.")
        return done(request, saved, next_url=shown["cancel_url"], changed=CHANGED, close_dialog=True)
    return _editor(request, kind, {**shown, "errors": []}, rows, total)


def _editor(
    request: SignedInRequest, kind: str, form: Mapping[str, Any], rows: Sequence[Row], total: Any, *, status: int = 200
) -> HttpResponse:
    events = [{"value": value, "label": str(label)} for value, label in InstalmentEvent.choices]
    editor = {
        "kind": kind,
        "rows": [*rows] if rows else [{}],
        "events": events,
        "total": plain(total) if isinstance(total, Decimal) else "",
    }
    template = "contracts/rows_dialog.html" if wants_dialog(request) else "contracts/rows.html"
    answer = part if wants_dialog(request) else page
    return answer(request, template, {"form": form, "editor": editor}, status=status)
