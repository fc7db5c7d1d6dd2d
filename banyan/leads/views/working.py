"""What people do with one lead: convert it, give it up, contact it later, tick the checklist."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Unconfirmed
from banyan.core.listing.query import fetch_row
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, macro, markup
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in
from banyan.leads.choices import LeadStatus
from banyan.leads.forms import reasons_in_words
from banyan.leads.models import Lead
from banyan.leads.panels import PARTS, checklist_context
from banyan.leads.queries import lead_spec
from banyan.leads.services import moving
from banyan.leads.services.converting import candidates, hidden_lines

CHANGED = ("leads", "tasks", "activities")
MOST_SHOWN = 3


class ReasonForm(forms.Form):
    """Why a lead is given up."""

    reason = forms.ChoiceField(label=gettext_lazy("Why not"))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]  # a choice field


class AgainForm(ReasonForm):
    """Why not now, and when to contact the lead again."""

    again_on = forms.DateField(label=gettext_lazy("Contact again on"))
    into_pool = forms.BooleanField(
        label=gettext_lazy("Put it into the lead pool: whoever claims it then goes on"), required=False
    )


@signed_in("GET", "POST")
def disqualify(request: SignedInRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Ask why a lead is not suitable, and give it up."""
    row = _row(request, lead_id)
    form = ReasonForm(_sent(request), choices=_reasons(request))
    if request.method == "POST" and form.is_valid():
        context = WriteContext.for_actor(request.actor)
        try:
            moving.disqualify(request.actor, lead_id, reason=form.cleaned_data["reason"], context=context)
        except DomainError as problem:
            _add(form, problem)
        else:
            return _done(
                request, lead_id, _("“%(name)s” is put aside as not suitable.") % {"name": row["name"]}, context
            )
    return form_answer(
        request, form, title=_("Not suitable: %(name)s") % {"name": row["name"]}, submit_label=_("Put aside"),
        cancel_url=f"/leads/{lead_id}",
    )  # fmt: skip


@signed_in("GET", "POST")
def recycle(request: SignedInRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Ask why not now and when again, and put a lead aside until then."""
    row = _row(request, lead_id)
    form = AgainForm(_sent(request), choices=_reasons(request))
    if request.method == "POST" and form.is_valid():
        context = WriteContext.for_actor(request.actor)
        sent = form.cleaned_data
        try:
            moving.recycle(
                request.actor, lead_id, reason=sent["reason"], again_on=sent["again_on"], into_pool=sent["into_pool"],
                context=context,
            )  # fmt: skip
        except DomainError as problem:
            _add(form, problem)
        else:
            text = _("“%(name)s” comes back on %(day)s.") % {"name": row["name"], "day": sent["again_on"].isoformat()}
            return _done(request, lead_id, text, context)
    return form_answer(
        request, form, title=_("Contact again later: %(name)s") % {"name": row["name"]}, submit_label=_("Put aside"),
        cancel_url=f"/leads/{lead_id}",
    )  # fmt: skip


@signed_in("POST")
def reopen(request: SignedInRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Take a lead up again."""
    row = _row(request, lead_id)
    context = WriteContext.for_actor(request.actor)
    moving.reopen(request.actor, lead_id, context=context)
    return _done(request, lead_id, _("“%(name)s” is taken up again.") % {"name": row["name"]}, context)


@signed_in("POST")
def tick(request: SignedInRequest, lead_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """Tick a question of the checklist, or take the tick away, and answer with the checklist."""
    lead = moving.tick(request.actor, lead_id, question_id, is_ticked=bool(request.POST.get("ticked")))
    can_edit = may(request.actor, lead_spec(request.actor), Action.EDIT) and lead.status != LeadStatus.CONVERTED
    return markup(macro(PARTS, "checklist", checklist_context(request.actor, lead_id, can_edit=can_edit)))


@signed_in("GET")
def existing(request: SignedInRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Answer with the customers and contacts that a lead may be; looked up after the page is there."""
    spec = lead_spec(request.actor)
    fetch_row(request.actor, spec, lead_id, columns=("status",))
    lead = Lead.objects.get(pk=lead_id)
    if lead.status == LeadStatus.CONVERTED:
        return markup()
    entries = [
        {"title": found.title, "url": f"/{plural}/{found.record_id}", "reasons": reasons_in_words(found.reasons)}
        for target, plural in (("customer", "customers"), ("contact", "contacts"))
        for found in candidates(request.actor, lead, target)[:MOST_SHOWN]
    ]
    return markup(macro(PARTS, "existing", entries, hidden_lines(request.actor, lead)))


def _reasons(request: SignedInRequest) -> list[tuple[str, str]]:
    entry = lead_spec(request.actor).all_fields["reason"]
    return [(option.code, str(option.label)) for option in getattr(entry.kind, "options", ()) if option.active]


def _row(request: SignedInRequest, lead_id: uuid.UUID) -> dict[str, Any]:
    spec = lead_spec(request.actor)
    require(request.actor, spec, Action.EDIT)
    return dict(fetch_row(request.actor, spec, lead_id, columns=("name", "status")))


def _sent(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _add(form: forms.Form, problem: DomainError) -> None:
    if isinstance(problem, Unconfirmed):
        raise problem
    add_problem(form, problem)


def _done(request: SignedInRequest, lead_id: uuid.UUID, text: str, context: WriteContext) -> HttpResponse:
    return done(
        request, text, next_url=f"/leads/{lead_id}", changed=CHANGED, undo_url=f"/undo/{context.batch_id}",
        close_dialog=True,
    )  # fmt: skip
