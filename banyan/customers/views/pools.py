"""Pages of public pools: their customers, claiming, assigning, moving, releasing, and the log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.errors import DomainError, NotAllowed, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import done, macro, markup, page, part, wants_panel
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import presenter_for
from banyan.core.web.selections import selected_records
from banyan.core.web.views.base import given_ids, signed_in
from banyan.customers.models import Pool
from banyan.customers.pools.queries import administers, figures_of, members_of, movements, pools_in_use, pools_open_to
from banyan.customers.pools.services import (
    LONGEST_REASON,
    Outcome,
    assign,
    claim,
    customer_spec,
    move,
    pool_to_enter,
    release,
)
from banyan.customers.pools.viewing import CONTACT_DATA, DESCRIBING, actor_in_pool
from banyan.customers.pools.wording import movement_lines
from banyan.customers.views.pool_tables import PoolList, limits_text, tiles_of

LOG_LINES = 200
CHANGED = ("customers", "pools")


class ReleaseForm(forms.Form):
    """Why customers are released, and into which pool."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Whoever claims the customer next reads it."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    pool = forms.ChoiceField(
        label=gettext_lazy("Public pool"),
        required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("The pool of the owner's department")}),
    )

    def __init__(self, *args: Any, pools: Sequence[Pool], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["pool"].choices = [("", ""), *((str(pool.pk), pool.name) for pool in pools)]  # type: ignore[attr-defined]


class AssignForm(forms.Form):
    """Who gets the customers; several people get them in turn."""

    people = forms.MultipleChoiceField(
        label=gettext_lazy("People"),
        help_text=gettext_lazy("Several people get the customers in turn."),
        widget=forms.SelectMultiple(attrs={"kind": "person", "multiple": True, "autofocus": True}),
    )

    def __init__(self, *args: Any, pool: Pool, **options: Any) -> None:
        super().__init__(*args, **options)
        members = members_of(pool).values_list("pk", "name")
        self.fields["people"].choices = [(str(pk), name) for pk, name in members]  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Into which pool customers are moved."""

    pool = forms.ChoiceField(label=gettext_lazy("Public pool"))

    def __init__(self, *args: Any, pools: Sequence[Pool], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["pool"].choices = [(str(pool.pk), pool.name) for pool in pools]  # type: ignore[attr-defined]


@signed_in("GET")
def pools(request: SignedInRequest) -> HttpResponse:
    """Lead to the first pool that is open to the person, or say that there is none."""
    require(request.actor, customer_spec(request.actor), Action.VIEW)
    found = pools_open_to(request.actor)
    if found:
        return HttpResponseRedirect(f"/pools/{found[0].pk}")
    return page(request, "customers/pools/none.html", {"may_set_up": request.actor.has(Ability.CUSTOMISE)})


@signed_in("GET")
def pool(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Show the customers of a pool."""
    current = pool_to_enter(request.actor, pool_id)
    shown = PoolList(request.actor, current, request.GET.dict())
    context = {
        **_head(request, current, "customers"),
        "limits": limits_text(request.actor, current),
        "table": shown.table(),
        "list_url": shown.url(),
        "search": request.GET.get("search", ""),
        "filters": shown.filters(),
        "is_filtered": any(request.GET.get(name) for name in ("search", *(entry["name"] for entry in shown.filters()))),
    }
    return page(request, "customers/pools/pool.html", {"pool": context})


@signed_in("GET")
def rows(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Answer with rows of a pool: the next ones, or all again after something has changed."""
    current = pool_to_enter(request.actor, pool_id)
    table = PoolList(request.actor, current, request.GET.dict()).table()
    return markup(macro("components/table.html", "rows", table))


@signed_in("GET")
def figures(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Answer with a pool in numbers; counting keeps no list waiting."""
    current = pool_to_enter(request.actor, pool_id)
    tiles = tiles_of(figures_of(request.actor.organization, [current])[current.pk])
    return markup(macro("components/figures.html", "stat_tiles", tiles))


@signed_in("GET")
def customer(request: SignedInRequest, pool_id: uuid.UUID, customer_id: uuid.UUID) -> HttpResponse:
    """Show what a pool tells of one customer, in the side panel or as a page."""
    current = pool_to_enter(request.actor, pool_id)
    spec = customer_spec(request.actor)
    inside = actor_in_pool(request.actor, spec, current)
    row = fetch_row(inside, spec, customer_id)
    presenter = presenter_for(inside, spec, [row])
    facts = [
        {"label": str(entry.label), "cell": presenter.cell(entry, row, in_list=False)}
        for entry in presenter.visible((*CONTACT_DATA, *DESCRIBING))
        if entry.name not in {"name", "pool", "updated_at"} and not entry.kind.is_empty(row.get(entry.name))
    ]
    shown = PoolList(request.actor, current, {})
    log = list(movements(customer_id=customer_id)[:LOG_LINES])
    context = {
        "id": customer_id,
        "title": presenter.title(row),
        "pool": current,
        "facts": facts,
        "log": movement_lines(request.actor, log, names=False),
        "claim_url": f"/pools/claim?ids={customer_id}" if shown.may_claim else "",
    }
    if wants_panel(request):
        return part(request, "customers/pools/customer_panel.html", {"customer": context})
    return page(request, "customers/pools/customer.html", {"customer": context})


@signed_in("GET")
def log(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Show who came into a pool and left it, newest first."""
    current = pool_to_enter(request.actor, pool_id)
    found = list(movements(pool_id=current.pk)[:LOG_LINES])
    context = {
        **_head(request, current, "log"),
        "log": movement_lines(request.actor, found, names=True),
    }
    return page(request, "customers/pools/log.html", {"pool": context})


@signed_in("POST")
def claim_selected(request: SignedInRequest) -> HttpResponse:
    """Make customers the person's own; the message can take it back."""
    outcome = claim(request.actor, _ids(request))
    outcome.only()
    text = ngettext("%(count)d customer is yours now.", "%(count)d customers are yours now.", len(outcome.done))
    return _told(request, text, outcome, undoable=True)


@signed_in("GET", "POST")
def assign_selected(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Ask who gets the customers, and give them out."""
    current = _administered(request, pool_id)
    form = AssignForm(request.POST if _is_sent(request, "people") else None, pool=current)
    if form.is_bound and form.is_valid():
        try:
            people = [found for value in form.cleaned_data["people"] if (found := parse_id(value))]
            outcome = assign(request.actor, _ids(request), people)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            outcome.only()
            text = ngettext("%(count)d customer is assigned.", "%(count)d customers are assigned.", len(outcome.done))
            return _told(request, text, outcome, undoable=True)
    return _ask(request, form, _("Assign customers"), _("Assign"))


@signed_in("GET", "POST")
def move_selected(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Ask for the pool into which customers are moved, and move them."""
    current = _administered(request, pool_id)
    others = list(pools_in_use().exclude(pk=current.pk))
    if not others:
        raise Refused("no_pool", _("There is no other pool."))
    form = MoveForm(request.POST if _is_sent(request, "pool") else None, pools=others)
    if form.is_bound and form.is_valid():
        outcome = move(request.actor, _ids(request), uuid.UUID(form.cleaned_data["pool"]))
        outcome.only()
        text = ngettext("%(count)d customer is moved.", "%(count)d customers are moved.", len(outcome.done))
        return _told(request, text, outcome, undoable=True)
    return _ask(request, form, _("Move customers"), _("Move"))


@signed_in("GET", "POST")
def release_selected(request: SignedInRequest) -> HttpResponse:
    """Ask why customers are released, and put them into their pool."""
    spec = customer_spec(request.actor)
    chosen = selected_records(request, spec, Action.EDIT)
    if chosen.everything is not None:
        raise Refused("too_many", _("These are too many at once. Choose fewer customers."))
    form = ReleaseForm(request.POST if _is_sent(request, "reason") else None, pools=list(pools_in_use()))
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            outcome = release(request.actor, chosen.ids, reason=values["reason"], pool_id=parse_id(values["pool"]))
            outcome.only()
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = ngettext("%(count)d customer is released.", "%(count)d customers are released.", len(outcome.done))
            return _told(request, text, outcome, undoable=request.actor.has(Ability.CUSTOMISE))
    title = ngettext("Release %(count)d customer", "Release %(count)d customers", chosen.count)
    return form_answer(
        request,
        form,
        title=title % {"count": chosen.count},
        hidden=chosen.hidden,
        submit_label=_("Release"),
        cancel_url="/customers",
        action=request.path,
    )


def _head(request: SignedInRequest, current: Pool, active: str) -> dict[str, Any]:
    found = pools_open_to(request.actor)
    base = f"/pools/{current.pk}"
    actions = []
    if administers(request.actor, current):
        actions.append({"label": _("Rules"), "url": f"/settings/pools/{current.pk}", "icon": "settings"})
    return {
        "name": current.name,
        "actions": actions,
        "tiles": tiles_of(None),
        "figures_url": f"{base}/figures",
        "pools": [
            {"label": entry.name, "url": f"/pools/{entry.pk}", "active": entry.pk == current.pk} for entry in found
        ],
        "tabs": [
            {"label": _("Customers"), "url": base, "active": active == "customers"},
            {"label": _("Log"), "url": f"{base}/log", "active": active == "log"},
        ],
    }


def _administered(request: SignedInRequest, pool_id: uuid.UUID) -> Pool:
    current = pool_to_enter(request.actor, pool_id)
    if not administers(request.actor, current):
        raise NotAllowed("not_allowed", _("Only the administrators of the pool may do this."))
    return current


def _is_sent(request: SignedInRequest, name: str) -> bool:
    return request.method == "POST" and (name in request.POST or "sent" in request.POST)


def _ids(request: SignedInRequest) -> list[uuid.UUID]:
    ids = given_ids([*request.POST.getlist("ids"), *request.GET.getlist("ids")])
    if not ids:
        raise Refused("nothing_chosen", _("Choose at least one record."))
    return ids


def _ask(request: SignedInRequest, form: forms.Form, title: str, submit_label: str) -> HttpResponse:
    hidden = [{"name": "ids", "value": str(pk)} for pk in _ids(request)]
    return form_answer(
        request,
        form,
        title=title,
        hidden=[*hidden, {"name": "sent", "value": "1"}],
        submit_label=submit_label,
        cancel_url="/pools",
        action=request.path,
    )


def _told(request: SignedInRequest, text: str, outcome: Outcome, *, undoable: bool) -> HttpResponse:
    words = text % {"count": len(outcome.done)}
    if outcome.refused:
        reason = next(iter(outcome.refused.values())).message
        words += " " + _("%(count)d were left: %(reason)s") % {"count": len(outcome.refused), "reason": reason}
    return done(
        request,
        words,
        next_url="/pools",
        changed=CHANGED,
        undo_url=f"/undo/{outcome.batch_id}" if undoable else "",
        close_dialog=True,
        clear_selection=True,
    )
