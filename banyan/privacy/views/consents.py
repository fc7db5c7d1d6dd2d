"""Consents on the record of a person: record one, withdraw one, and the list itself."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import object_page, signed_in
from banyan.privacy.choices import Channel
from banyan.privacy.panels import consents_part
from banyan.privacy.queries import is_person, purposes_in_use
from banyan.privacy.services.consents import give_consent, withdraw_consent


class ConsentForm(forms.Form):
    """To what somebody agreed, by which way, and how one can prove it."""

    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), choices=())
    channel = forms.ChoiceField(label=gettext_lazy("Way"), choices=Channel.choices, initial=Channel.ANY)
    is_separate = forms.BooleanField(
        label=gettext_lazy("Separate consent"),
        required=False,
        help_text=gettext_lazy("Given for this alone, not together with other terms."),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        required=False,
        widget=forms.Textarea(),
        help_text=gettext_lazy(
            "Where and how it was said: a form, a call, a message. Files can be attached afterwards."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.purposes = purposes_in_use()
        field: Any = self.fields["purpose"]
        field.choices = [(str(purpose.pk), purpose.name) for purpose in self.purposes]


@object_page("GET", "POST")
def new_consent(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Record a consent of the person whose record this is."""
    _require_person(request, spec, record_id)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            give_consent(request.actor, spec.name, record_id, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"/{spec.plural}/{record_id}"
            return done(request, _("The consent is recorded."), next_url=url, changed=("consents",), close_dialog=True)
    return form_answer(request, form, title=_("Record consent"), cancel_url=f"/{spec.plural}/{record_id}")


@object_page("GET")
def consents_list(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer with the consents of a person as they are now."""
    _require_person(request, spec, record_id)
    part = consents_part(request.actor, spec, record_id)
    return markup(part) if part is not None else HttpResponse(status=204)


@signed_in("POST")
def withdraw(request: SignedInRequest, consent_id: uuid.UUID) -> HttpResponse:
    """Withdraw a consent: one press, as easy as giving it."""
    consent = withdraw_consent(request.actor, consent_id)
    text = _("The consent %(number)s is withdrawn.") % {"number": consent.number}
    return done(request, text, next_url=f"/consents/{consent_id}", changed=("consents",))


def _require_person(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> None:
    row = fetch_row(request.actor, spec, record_id)
    if not is_person(spec.name, dict(row)):
        raise Missing("not_found", _("This record stands for no person."))
