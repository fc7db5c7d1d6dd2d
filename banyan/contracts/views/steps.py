"""The steps of contracts and amendments as dialogs: sign, back to draft, terminate, renew."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.contracts.forms import DayForm, RenewForm, SignForm, TerminateForm
from banyan.contracts.models import Contract
from banyan.contracts.references import AMENDMENT, CONTRACT
from banyan.contracts.services import amendments, renewing, steps
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in, spec_named

CHANGED = ("contracts", "contract-amendments", "customers")


@signed_in("GET", "POST")
def sign(request: SignedInRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Ask who signed when, and bring the contract into force."""
    spec, row = _open(request, CONTRACT, contract_id)
    initial = {
        "signed_on": today(request.actor.time_zone),
        "our_signer": str(row.get("our_signer") or request.actor.user_id or ""),
        "customer_signer": row.get("customer_signer"),
    }
    form = SignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            steps.sign(request.actor, contract_id, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _done(request, _("The contract is in force."), f"/{spec.plural}/{contract_id}")
    return _form(request, form, _("Sign the contract"), _("Sign"), f"/{spec.plural}/{contract_id}")


@signed_in("POST")
def reopen(request: SignedInRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Take an approved contract back to draft."""
    spec, _row = _open(request, CONTRACT, contract_id)
    steps.reopen(request.actor, contract_id)
    return _done(request, _("The contract is a draft again."), f"/{spec.plural}/{contract_id}")


@signed_in("GET", "POST")
def terminate(request: SignedInRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Ask since when and why a contract ends, and end it."""
    spec, _row = _open(request, CONTRACT, contract_id)
    form = TerminateForm(request.POST or None, initial={"ended_on": today(request.actor.time_zone)})
    if request.method == "POST" and form.is_valid():
        try:
            steps.terminate(request.actor, contract_id, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _done(request, _("The contract was terminated."), f"/{spec.plural}/{contract_id}")
    return _form(
        request, form, _("Terminate the contract"), _("Terminate"), f"/{spec.plural}/{contract_id}", danger=True
    )


@signed_in("GET", "POST")
def renew(request: SignedInRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Offer the next period with everything carried over, and create its contract."""
    spec, _row = _open(request, CONTRACT, contract_id)
    require(request.actor, spec, Action.CREATE)
    form = RenewForm(request.POST or None, initial=renewing.proposal(Contract.objects.get(pk=contract_id)))
    if request.method == "POST" and form.is_valid():
        try:
            made = renewing.renew(request.actor, contract_id, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"/{spec.plural}/{made.pk}"
            text = _("%(number)s was written. Terms and instalments were carried over.") % {"number": made.number}
            return _done(request, text, url, visit={"url": url})
    return _form(
        request, form, _("Renew the contract"), _("Renew"), f"/{spec.plural}/{contract_id}",
        text=_("Customer, terms and instalments are carried over. The contract before stays in force until this one is signed."),
    )  # fmt: skip


@signed_in("GET", "POST")
def sign_amendment(request: SignedInRequest, amendment_id: uuid.UUID) -> HttpResponse:
    """Ask when both sides signed an amendment, and let the contract change."""
    spec, _row = _open(request, AMENDMENT, amendment_id)
    form = DayForm(request.POST or None, initial={"signed_on": today(request.actor.time_zone)})
    if request.method == "POST" and form.is_valid():
        try:
            amendments.sign_amendment(request.actor, amendment_id, signed_on=form.cleaned_data["signed_on"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _done(request, _("The amendment is in force."), f"/{spec.plural}/{amendment_id}")
    return _form(request, form, _("Sign the amendment"), _("Sign"), f"/{spec.plural}/{amendment_id}")


@signed_in("POST")
def reopen_amendment(request: SignedInRequest, amendment_id: uuid.UUID) -> HttpResponse:
    """Take an approved amendment back to draft."""
    spec, _row = _open(request, AMENDMENT, amendment_id)
    amendments.reopen_amendment(request.actor, amendment_id)
    return _done(request, _("The amendment is a draft again."), f"/{spec.plural}/{amendment_id}")


def _open(request: SignedInRequest, name: str, record_id: uuid.UUID) -> tuple[ObjectSpec, Any]:
    """Return a record that the person may change with its object; raise ``Missing`` or ``NotAllowed``."""
    spec = spec_named(request, name)
    row = fetch_row(request.actor, spec, record_id)
    require(request.actor, spec, Action.EDIT)
    return spec, row


def _form(request: SignedInRequest, form: Any, title: str, label: str, url: str, **details: Any) -> HttpResponse:
    return form_answer(request, form, title=title, submit_label=label, cancel_url=url, **details)


def _done(request: SignedInRequest, text: str, url: str, **events: Any) -> HttpResponse:
    return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, **events)
