"""Settings > Personal data: the requests of persons, and finding everything about one."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.audit.notes import note
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.registry import spec_for, specs_here
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in
from banyan.privacy.choices import OPEN_STATES, RequestKind, RequestState
from banyan.privacy.models import LIVE, PersonRequest
from banyan.privacy.queries import open_requests
from banyan.privacy.references import person_kinds
from banyan.privacy.services.copying import write_copy
from banyan.privacy.services.finding import (
    LINKED,
    MENTIONED,
    NAMESAKE,
    OWN,
    Subject,
    find,
    subject_of,
    subject_typed,
    titles_of,
)
from banyan.privacy.views.frame import FIND, PAGE, REQUESTS, URL, answer

SHOWN, CLOSED_SHOWN = 500, 50
FOUND = "privacy.found"
HOW = {
    OWN: gettext_lazy("Records of the person"),
    LINKED: gettext_lazy("Belongs to the person"),
    MENTIONED: gettext_lazy("Mentions a phone, e-mail or account of the person"),
    NAMESAKE: gettext_lazy("Has the same name in it; perhaps somebody else"),
}


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


@signed_in("GET")
def find_person(request: SignedInRequest) -> HttpResponse:
    """Find everything about a phone, an e-mail address or a name; choose the record that stands for the person."""
    require_page(request.actor, PAGE)
    text = request.GET.get("q", "").strip()[:200]
    context: dict[str, Any] = {"q": text, "groups": [], "request_id": request.GET.get("request", "")}
    if text:
        note(request.actor, FOUND)
        context["groups"] = _groups(request.actor, subject_typed(request.actor, text), context["request_id"])
    return answer(request, FIND, "privacy/find.html", context)


@signed_in("GET")
def person(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Show everything about a person."""
    require_page(request.actor, PAGE)
    subject = subject_at(request.actor, plural, record_id)
    asked = request.GET.get("request", "")
    note(request.actor, FOUND, object_name=subject.object_name, record_id=record_id)
    url = f"{URL}/persons/{plural}/{record_id}"
    context = {
        "subject": subject.title,
        "groups": _groups(request.actor, subject, asked),
        "copy_url": f"{url}/copy",
        "erase_url": f"{url}/erase" + (f"?request={asked}" if asked else ""),
    }
    return answer(request, FIND, "privacy/person.html", context)


@signed_in("POST")
def take_copy(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> FileResponse:
    """Send the copy for the person as a ZIP."""
    require_page(request.actor, PAGE)
    subject = subject_at(request.actor, plural, record_id)
    name = _("Personal data %(day)s.zip") % {"day": today(request.actor.time_zone)}
    return FileResponse(write_copy(request.actor, subject), as_attachment=True, filename=name)


@signed_in("POST")
def choose_person(request: SignedInRequest, request_id: uuid.UUID, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Note which record stands for the person who asks."""
    require_page(request.actor, PAGE)
    row, subject = _request(request_id), subject_at(request.actor, plural, record_id)
    _change(request.actor, row, {"contact": None, person_kinds[subject.object_name].consents: str(record_id)})
    return saved(request, _("The request is about %(name)s.") % {"name": subject.title}, f"{URL}/requests/{row.pk}")


def _groups(actor: Actor, subject: Subject, asked: str) -> list[dict[str, Any]]:
    """Return what was found, by how sure it is and by object."""
    groups: list[dict[str, Any]] = []
    for how, name, ids in find(actor, subject).parts():
        spec = spec_for(actor.organization, name)
        is_kind = name in person_kinds and how != OWN
        rows = [
            {
                **row,
                "person_url": f"{URL}/persons/{spec.plural}/{row['id']}" + (f"?request={asked}" if asked else "")
                if is_kind
                else "",
                "choose_url": f"{URL}/requests/{asked}/person/{spec.plural}/{row['id']}" if is_kind and asked else "",
            }
            for row in titles_of(actor, name, ids)
        ]
        groups.append({"how": str(HOW[how]), "object": str(spec.label_plural), "count": len(ids), "rows": rows})
    return groups


def subject_at(actor: Actor, plural: str, record_id: uuid.UUID) -> Subject:
    """Return the person of an address; raise ``Missing``."""
    spec = next((found for found in specs_here().values() if found.plural == plural), None)
    if spec is None:
        raise Missing("not_found", _("There is no such person."))
    return subject_of(actor, spec.name, record_id)


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
        "received": date_format(row.received_on, "SHORT_DATE_FORMAT") if row.received_on else "",
        "due": date_format(row.due_on, "SHORT_DATE_FORMAT") if row.due_on else "",
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
