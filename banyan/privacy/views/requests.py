"""Settings > Personal data: the requests of persons and their answers."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.registry import spec_for, specs_here
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in
from banyan.privacy.choices import OPEN_STATES, RequestKind, RequestState
from banyan.privacy.models import LIVE, PersonRequest
from banyan.privacy.queries import open_requests
from banyan.privacy.references import person_kinds
from banyan.privacy.services.finding import titles_of
from banyan.privacy.views.frame import PAGE, REQUESTS, URL, answer
from banyan.privacy.views.persons import subject_at

SHOWN, CLOSED_SHOWN = 500, 50


class RequestForm(forms.Form):
    """What a person asks for."""

    requester = forms.CharField(label=gettext_lazy("Who asks"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=RequestKind.choices)
    received_on = forms.DateField(label=gettext_lazy("Received on"), required=False)
    details = forms.CharField(label=gettext_lazy("What was asked"), required=False, widget=forms.Textarea())


class AnswerForm(forms.Form):
    """How the identity was checked, and what was answered."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=RequestState.choices)
    due_on = forms.DateField(label=gettext_lazy("Answer by"))
    identity_note = forms.CharField(
        label=gettext_lazy("How the identity was checked"), required=False, widget=forms.Textarea(),
        help_text=gettext_lazy("For example: called back on the known number. Keep no copy of an identity card."),
    )  # fmt: skip
    answer = forms.CharField(label=gettext_lazy("Answer to the person"), required=False, widget=forms.Textarea())


@signed_in("GET")
def requests(request: SignedInRequest) -> HttpResponse:
    """List the open requests, those due first, and the latest that are closed."""
    require_page(request.actor, PAGE)
    day = today(request.actor.time_zone)
    closed = PersonRequest.objects.filter(LIVE).exclude(state__in=OPEN_STATES).order_by("-closed_at")[:CLOSED_SHOWN]
    context = {
        "open": [_line(row, day) for row in open_requests()[:SHOWN]],
        "closed": [_line(row, day) for row in closed],
        "actions": [{"label": _("New request"), "url": f"{URL}/requests/new", "icon": "plus", "primary": True}],
    }
    return answer(request, REQUESTS, "privacy/requests.html", context)


@signed_in("GET", "POST")
def new_request(request: SignedInRequest) -> HttpResponse:
    """Write down what a person asked for; the day of the answer follows from the day it came."""
    require_page(request.actor, PAGE)
    form = RequestForm(request.POST or None, initial={"received_on": today(request.actor.time_zone)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = door.create(
            _writer(request.actor), _spec(request.actor), given, context=WriteContext.for_actor(request.actor)
        )
        return saved(request, _("The request is written down."), f"{URL}/requests/{made.pk}")
    return settings_form(request, PAGE, form, title=_("New request"), cancel_url=URL)


@signed_in("GET", "POST")
def one_request(request: SignedInRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show a request with the person it is about, and take its answer."""
    require_page(request.actor, PAGE)
    row = _request(request_id)
    names = tuple(AnswerForm.base_fields)
    form = AnswerForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            _change(request.actor, row, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The request is saved."), f"{URL}/requests/{row.pk}")
    person = _person_of(row)
    context = {
        "row": row,
        "line": _line(row, today(request.actor.time_zone)),
        "fields": fields_of(form),
        "errors": errors_of(form),
        "person": _named(request.actor, *person) if person else None,
        "person_url": f"{URL}/persons/{specs_here()[person[0]].plural}/{person[1]}?request={row.pk}" if person else "",
        "find_url": f"{URL}/find?request={row.pk}",
    }
    return answer(request, REQUESTS, "privacy/request.html", context, status=422 if form.errors else 200)


@signed_in("POST")
def choose_person(request: SignedInRequest, request_id: uuid.UUID, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Note which record stands for the person who asks."""
    require_page(request.actor, PAGE)
    row, subject = _request(request_id), subject_at(request.actor, plural, record_id)
    _change(request.actor, row, {"contact": None, person_kinds[subject.object_name].consents: str(record_id)})
    return saved(request, _("The request is about %(name)s.") % {"name": subject.title}, f"{URL}/requests/{row.pk}")


def _person_of(row: PersonRequest) -> tuple[str, uuid.UUID] | None:
    if row.contact_id is not None:
        return "contact", row.contact_id
    return ("customer", row.customer_id) if row.customer_id is not None else None


def _named(actor: Actor, object_name: str, record_id: uuid.UUID) -> str:
    return next((str(row["title"]) for row in titles_of(actor, object_name, [record_id])), "")


def _line(row: PersonRequest, day: Any) -> dict[str, Any]:
    is_open = row.state in OPEN_STATES
    return {
        "url": f"{URL}/requests/{row.pk}",
        "title": row.requester,
        "number": row.number,
        "kind": str(row.get_kind_display()),
        "state": str(row.get_state_display()),
        "received": told_day(row.received_on) if row.received_on else "",
        "due": told_day(row.due_on) if row.due_on else "",
        "is_late": bool(is_open and row.due_on and row.due_on < day),
        "is_open": is_open,
    }


def _request(request_id: uuid.UUID) -> PersonRequest:
    row = PersonRequest.objects.filter(LIVE, pk=request_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such request."))
    return row


def _spec(actor: Actor) -> Any:
    return spec_for(actor.organization, "person_request")


def _writer(actor: Actor) -> Actor:
    """Return who writes: whoever manages personal data need not have a right on any object."""
    return system_actor(actor.organization)


def _change(actor: Actor, row: PersonRequest, values: dict[str, Any]) -> None:
    door.update(_writer(actor), _spec(actor), row.pk, values, context=WriteContext.for_actor(actor))
