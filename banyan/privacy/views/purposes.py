"""Settings > Personal data: what personal data is used for, why that is lawful, and the notices about it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in
from banyan.privacy.choices import ConsentState, LegalBasis
from banyan.privacy.models import LIVE, Consent, Purpose
from banyan.privacy.preparation import answer_days
from banyan.privacy.services.consents import prepare_organization
from banyan.privacy.services.settings import set_answer_days
from banyan.privacy.views.frame import PAGE, PURPOSES, URL, answer

LIST = f"{URL}/purposes"


class PurposeForm(forms.Form):
    """A purpose with its legal basis and notice."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    code = forms.SlugField(
        label=pgettext_lazy("purpose", "Code"),
        max_length=40,
        help_text=gettext_lazy("How programs name it, such as marketing."),
    )
    basis = forms.ChoiceField(label=gettext_lazy("Legal basis"), choices=LegalBasis.choices, initial=LegalBasis.CONSENT)
    needs_separate = forms.BooleanField(
        label=gettext_lazy("Needs separate consent"), required=False,
        help_text=gettext_lazy("For sensitive data, passing on to others, publishing, and transfer abroad."),
    )  # fmt: skip
    notice_version = forms.CharField(label=gettext_lazy("Version of the notice"), max_length=40, required=False)
    notice = forms.CharField(label=gettext_lazy("Notice"), required=False, widget=forms.Textarea())
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


class DaysForm(forms.Form):
    """Within how many working days requests are answered."""

    answer_days = forms.IntegerField(
        label=gettext_lazy("Working days to answer a request"), min_value=1, max_value=60,
        help_text=gettext_lazy("Counted from Monday to Friday. The day is fixed when a request is written down."),
    )  # fmt: skip


@signed_in("GET")
def purposes(request: SignedInRequest) -> HttpResponse:
    """List the purposes, with how many consents stand for each."""
    require_page(request.actor, PAGE)
    stand = Consent.objects.filter(LIVE, state=ConsentState.GIVEN).order_by().values_list("purpose_id")
    counts: dict[Any, int] = dict(stand.annotate(count=Count("pk")))
    rows = [{"purpose": row, "count": counts.get(row.pk, 0)} for row in Purpose.objects.filter(LIVE)]
    actions = [
        {"label": _("Days to answer"), "url": f"{URL}/days", "icon": "calendar-due"},
        {"label": _("New purpose"), "url": f"{LIST}/new", "icon": "plus", "primary": True},
    ]
    return answer(
        request, PURPOSES, "privacy/purposes.html", {"rows": rows, "actions": actions, "usual_url": f"{LIST}/usual"}
    )


@signed_in("POST")
def add_usual(request: SignedInRequest) -> HttpResponse:
    """Begin with the usual purposes; nothing happens when there are some."""
    require_page(request.actor, PAGE)
    prepare_organization(request.actor.organization)
    return saved(request, _("The usual purposes are there."), LIST)


@signed_in("GET", "POST")
def new_purpose(request: SignedInRequest) -> HttpResponse:
    """Add a purpose."""
    return _edit(request, None)


@signed_in("GET", "POST")
def edit_purpose(request: SignedInRequest, purpose_id: uuid.UUID) -> HttpResponse:
    """Change a purpose; consents keep the version of the notice that they were given for."""
    require_page(request.actor, PAGE)
    row = Purpose.objects.filter(LIVE, pk=purpose_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such purpose."))
    return _edit(request, row)


@signed_in("GET", "POST")
def days(request: SignedInRequest) -> HttpResponse:
    """Set within how many working days requests are answered."""
    require_page(request.actor, PAGE)
    form = DaysForm(request.POST or None, initial={"answer_days": answer_days(request.actor.organization)})
    if request.method == "POST" and form.is_valid():
        set_answer_days(request.actor, form.cleaned_data["answer_days"])
        return saved(request, _("The days are saved."), LIST)
    return settings_form(request, PAGE, form, title=_("Days to answer"), cancel_url=LIST)


def _edit(request: SignedInRequest, row: Purpose | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    names = tuple(PurposeForm.base_fields)
    initial = {name: getattr(row, name) for name in names} if row else {"is_active": True, "basis": LegalBasis.CONSENT}
    form = PurposeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _write(request.actor, row, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]}, LIST)
    return settings_form(request, PAGE, form, title=row.name if row else _("New purpose"), cancel_url=LIST)


def _write(actor: Actor, row: Purpose | None, values: dict[str, Any]) -> None:
    """Write a purpose with the system's right to the set-up, in the name of whoever manages personal data."""
    writer, context, spec = (
        system_actor(actor.organization),
        WriteContext.for_actor(actor),
        spec_for(actor.organization, "purpose"),
    )
    if row is None:
        door.create(writer, spec, {**values, "position": Purpose.objects.count()}, context=context)
    else:
        door.update(writer, spec, row.pk, values, context=context)
