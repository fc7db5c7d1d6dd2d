"""Invoice headers and terms of payment of a customer."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.billing.forms import HeaderForm, TermsForm
from banyan.billing.models import BuyerHeader
from banyan.billing.preparation.invoices import OLD_NUMBER
from banyan.billing.queries import terms_of
from banyan.billing.services import deciding
from banyan.billing.views.steps import form_step, require_module, step_done
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Invalid, Unconfirmed
from banyan.core.web.confirming import ask
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in


@signed_in("GET", "POST")
def new_header(request: SignedInRequest, customer_id: uuid.UUID) -> HttpResponse:
    """Add an invoice header."""
    return _header(request, customer_id, None)


@signed_in("GET", "POST")
def edit_header(request: SignedInRequest, customer_id: uuid.UUID, header_id: uuid.UUID) -> HttpResponse:
    """Change an invoice header."""
    return _header(request, customer_id, header_id)


def _header(request: SignedInRequest, customer_id: uuid.UUID, header_id: uuid.UUID | None) -> HttpResponse:
    require_module(request)
    customer = deciding.require_customer(request.actor, customer_id)
    header: BuyerHeader | None = deciding.find_header(customer_id, header_id) if header_id else None
    names = tuple(HeaderForm.base_fields)
    initial = {name: getattr(header, name) for name in names} if header else {
        "title": customer.name, "tax_number": customer.tax_number, "phone": customer.phone, "email": customer.email,
    }  # fmt: skip
    form = HeaderForm(request.POST or None, initial=initial)

    if header is not None and request.POST.get("delete"):
        deciding.remove_header(request.actor, customer_id, header.pk)
        return step_done(request, _("The invoice header is deleted."), f"/customers/{customer_id}")

    def run(values: dict[str, Any]) -> tuple[str, str]:
        try:
            deciding.save_header(request.actor, customer_id, header, values)
        except Invalid as problem:
            if all(error.code == OLD_NUMBER for error in problem.errors):
                raise Unconfirmed(problem.errors) from None
            raise
        return _("The invoice header is saved."), f"/customers/{customer_id}"

    try:
        return form_step(
            request, form, run, title=_("Invoice header"),
            **({"second_label": _("Delete"), "second_name": "delete"} if header else {}),
        )  # fmt: skip
    except Unconfirmed as problem:
        return ask(request, problem)


@signed_in("GET", "POST")
def terms(request: SignedInRequest, customer_id: uuid.UUID) -> HttpResponse:
    """Say what holds for a customer: days to pay, credit limit, reminders."""
    require_module(request)
    deciding.require_customer(request.actor, customer_id)
    found = terms_of(request.actor.organization, customer_id)
    form = TermsForm(request.POST or None, initial={name: getattr(found, name) for name in TermsForm.base_fields})
    if not request.actor.has(Ability.KEEP_ACCOUNTS):
        del form.fields["credit_limit"], form.fields["credit_mode"]

    def run(values: dict[str, Any]) -> tuple[str, str]:
        deciding.save_terms(request.actor, customer_id, values)
        return _("The terms of payment are saved."), f"/customers/{customer_id}"

    return form_step(request, form, run, title=_("Terms of payment"))
