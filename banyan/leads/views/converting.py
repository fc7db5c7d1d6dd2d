"""Converting leads, one in a dialog or several at once, and taking a conversion back."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid, Refused, Unconfirmed
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import specs_on
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.selections import selected_records
from banyan.core.web.views.base import signed_in
from banyan.leads.choices import LeadStatus
from banyan.leads.forms import ConvertForm, ReverseForm, SeveralForm
from banyan.leads.models import Lead
from banyan.leads.queries import conversion_of, lead_spec, unticked
from banyan.leads.services.converting import Converted, convert, convert_many, reverse

CHANGED = ("leads", "customers", "contacts", "opportunities", "activities", "tasks")
#: Where complaints about the parts are shown.
PLACES = {"customer.name": "customer_name", "opportunity.name": "opportunity_name", "opportunity.amount": "amount",
          "opportunity.expected_close_on": "expected_close_on"}  # fmt: skip
MOST_REASONS = 3


@signed_in("GET", "POST")
def convert_one(request: SignedInRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Ask what a lead becomes, everything proposed, and convert it."""
    spec = lead_spec(request.actor)
    require(request.actor, spec, Action.EDIT)
    fetch_row(request.actor, spec, lead_id, columns=("status",))
    lead = Lead.objects.get(pk=lead_id)
    if lead.status == LeadStatus.CONVERTED:
        found = conversion_of(lead_id)
        name = found.actor.name if found and found.actor else _("The system")
        raise Conflict("converted", _("%(name)s has converted this lead already.") % {"name": name})
    form = ConvertForm(request.POST if request.method == "POST" else None, actor=request.actor, lead=lead)
    if request.method == "POST" and form.is_valid():
        try:
            converted = convert(request.actor, lead_id, form.choice())
        except (Unconfirmed, Conflict):
            raise
        except DomainError as problem:
            add_problem(form, _placed(problem))
        else:
            return _converted(request, lead, converted)
    missing = unticked([lead_id]).get(lead_id, [])
    text = ""
    if missing:
        questions = _(", ").join(question.text for question in missing)
        text = _("Not yet ticked in the checklist: %(questions)s") % {"questions": questions}
    return form_answer(
        request, form, title=_("Convert %(name)s") % {"name": lead.name}, submit_label=pgettext("lead", "Convert"), text=text,
        cancel_url=f"/leads/{lead_id}",
    )  # fmt: skip


def _placed(problem: DomainError) -> DomainError:
    if not isinstance(problem, Invalid):
        return problem
    return Invalid(
        [FieldError(PLACES.get(error.field, error.field), error.code, error.message) for error in problem.errors]
    )


def _converted(request: SignedInRequest, lead: Lead, converted: Converted) -> HttpResponse:
    specs = specs_on(request.actor.organization)
    if converted.opportunity_id is not None:
        url = f"/{specs['opportunity'].plural}/{converted.opportunity_id}"
    else:
        url = f"/{specs['customer'].plural}/{converted.customer_id}"
    return done(
        request, _("%(name)s is a customer now.") % {"name": lead.name}, next_url=url, changed=CHANGED,
        undo_url=f"/undo/{converted.batch_id}", close_dialog=True, visit={"url": url},
    )  # fmt: skip


@signed_in("GET", "POST")
def convert_selected(request: SignedInRequest) -> HttpResponse:
    """Ask how, and convert the selected leads row by row; those that cannot be stay, with the reason."""
    spec = lead_spec(request.actor)
    chosen = selected_records(request, spec, Action.EDIT)
    if chosen.everything is not None:
        raise Refused("too_many", _("These are too many at once. Choose fewer leads."))
    form = SeveralForm(request.POST if "sent" in request.POST else None)
    if form.is_bound and form.is_valid():
        outcome = convert_many(request.actor, list(chosen.ids), **form.cleaned_data)
        if not outcome.done:
            raise next(iter(outcome.refused.values()))
        count = len(outcome.done)
        text = ngettext("%(count)d lead is converted.", "%(count)d leads are converted.", count) % {"count": count}
        if outcome.refused:
            names = dict(Lead.objects.filter(pk__in=list(outcome.refused)[:MOST_REASONS]).values_list("pk", "name"))
            reasons = "; ".join(
                f"{names.get(pk, '')}: {problem.message}"
                for pk, problem in list(outcome.refused.items())[:MOST_REASONS]
            )
            text += " " + _("%(count)d were left: %(reason)s") % {"count": len(outcome.refused), "reason": reasons}
        return done(
            request, text, next_url="/leads", changed=CHANGED, undo_url=f"/undo/{outcome.batch_id}", close_dialog=True,
            clear_selection=True,
        )  # fmt: skip
    title = ngettext("Convert %(count)d lead", "Convert %(count)d leads", chosen.count)
    return form_answer(
        request, form, title=title % {"count": chosen.count}, hidden=[*chosen.hidden, {"name": "sent", "value": "1"}],
        submit_label=pgettext("lead", "Convert"), cancel_url="/leads", action=request.path,
    )  # fmt: skip


@signed_in("GET", "POST")
def reverse_one(request: SignedInRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Ask what becomes of what a conversion made, and take it back."""
    spec = lead_spec(request.actor)
    require(request.actor, spec, Action.EDIT)
    row = fetch_row(request.actor, spec, lead_id, columns=("name", "status"))
    if row["status"] != LeadStatus.CONVERTED:
        raise Conflict("not_converted", _("This lead is not converted."))
    form = ReverseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        batch = reverse(request.actor, lead_id, removes=form.cleaned_data["removes"])
        text = _("%(name)s is a lead again.") % {"name": row["name"]}
        return done(
            request, text, next_url=f"/leads/{lead_id}", changed=CHANGED, undo_url=f"/undo/{batch}", close_dialog=True,
            visit={"url": f"/leads/{lead_id}"},
        )  # fmt: skip
    text = _("The lead is open again. Follow-ups and tasks of its time as a lead leave the customer.")
    return form_answer(
        request, form, title=_("Take the conversion back: %(name)s") % {"name": row["name"]}, text=text,
        submit_label=_("Take back"), cancel_url=f"/leads/{lead_id}",
    )  # fmt: skip
