"""The dialogs of the forecast page: standing for a figure, and judging that of others."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Department, User
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in
from banyan.forecasts.queries.forecast import Figures, roll_up
from banyan.forecasts.queries.people import Company, led_by, people_of
from banyan.forecasts.queries.submissions import standing
from banyan.forecasts.services import forecasts
from banyan.forecasts.services.forecasts import NOTE_LENGTH
from banyan.forecasts.views.frame import ALL, FORECAST, asked_period, require_open, value_text
from banyan.money.public import period_label

OPPORTUNITY = "opportunity"


class FigureForm(forms.Form):
    """A figure and what speaks for it."""

    amount = forms.DecimalField(label=gettext_lazy("Forecast"), max_digits=18, decimal_places=2)
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=NOTE_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


@signed_in("GET", "POST")
def submit(request: SignedInRequest) -> HttpResponse:
    """Let somebody stand for what they will bring in."""
    require_open(request.actor, OPPORTUNITY)
    actor, period = request.actor, asked_period(request)
    if actor.user_id is None:
        raise Missing("not_found", _("There is no such page."))
    figures = roll_up(actor.organization, period.first, period.last, people=[actor.user_id]).of(actor.user_id)
    own = standing(period).own.get(actor.user_id)
    form = FigureForm(request.POST or None, initial={"amount": own.amount if own else _whole(figures.certain)})
    return _answer(
        request,
        form,
        title=_("My forecast for %(period)s") % {"period": period_label(period)},
        text=_help(actor, figures),
        write=lambda amount, note: forecasts.submit(actor, period, amount, note=note),
        next_url=f"{FORECAST}?person={actor.user_id}&period={period.code}",
    )


@signed_in("GET", "POST")
def adjust(request: SignedInRequest) -> HttpResponse:
    """Let a manager put a figure beside that of a person or a team."""
    require_open(request.actor, OPPORTUNITY)
    person = parse_id(request.GET.get("person", ""))
    return _adjust_person(request, person) if person else _adjust_team(request)


def _adjust_person(request: SignedInRequest, person_id: uuid.UUID) -> HttpResponse:
    actor, period = request.actor, asked_period(request)
    person = User.objects.filter(pk=person_id).first() if person_id in led_by(actor) else None
    if person is None:
        raise Missing("not_found", _("There is no such person, or you may not see their forecast."))
    figures = roll_up(actor.organization, period.first, period.last, people=[person_id]).of(person_id)
    now = standing(period)
    counted = now.counts(person_id)
    own = now.own.get(person_id)
    said = (
        _("%(name)s forecasts %(amount)s.") % {"name": person.name, "amount": value_text(actor, None, own.amount)}
        if own
        else ""
    )
    return _answer(
        request,
        _reasoned(
            FigureForm(request.POST or None, initial={"amount": counted.amount if counted else _whole(figures.certain)})
        ),
        title=_("Adjust the forecast of %(name)s") % {"name": person.name},
        text=" ".join(filter(None, [said, _help(actor, figures)])),
        write=lambda amount, note: forecasts.adjust(actor, period, person_id, amount, reason=note),
        next_url=f"{FORECAST}?person={person_id}&period={period.code}",
    )


def _adjust_team(request: SignedInRequest) -> HttpResponse:
    actor, period = request.actor, asked_period(request)
    given = request.GET.get("team", ALL)
    key = parse_id(given)
    department = Department.objects.filter(pk=key).first() if key else None
    company = Company(actor, people_of(actor, OPPORTUNITY))
    team = company.team(department.pk if department else None)
    if team is None or (given != ALL and department is None):
        raise Missing("not_found", _("There is no such department, or you see nobody of it."))
    found = roll_up(actor.organization, period.first, period.last, people=company.people.limit)
    figures = found.together(company.below(team.id))
    judged = standing(period).teams.get(team.id)
    return _answer(
        request,
        _reasoned(
            FigureForm(request.POST or None, initial={"amount": judged.amount if judged else _whole(figures.certain)})
        ),
        title=_("Forecast of %(name)s as a whole") % {"name": team.name},
        text=_help(actor, figures),
        write=lambda amount, note: forecasts.adjust_team(actor, period, team.id, amount, reason=note),
        next_url=f"{FORECAST}?team={team.id or ALL}&period={period.code}",
    )


def _reasoned(form: FigureForm) -> FigureForm:
    note: Any = form.fields["note"]
    note.label, note.required = _("Reason"), True
    return form


def _answer(
    request: SignedInRequest,
    form: FigureForm,
    *,
    title: str,
    text: str,
    write: Callable[[Decimal, str], Any],
    next_url: str,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            write(form.cleaned_data["amount"], form.cleaned_data["note"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return done(
                request, _("Your figure is kept."), next_url=next_url, close_dialog=True, visit={"url": next_url}
            )
    return form_answer(request, form, title=title, text=text, submit_label=_("Save"), cancel_url=next_url)


def _whole(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1))


def _help(actor: Actor, figures: Figures) -> str:
    return _("Won: %(won)s. Committed: %(commit)s. Best cases: %(best)s. Pipeline: %(pipeline)s.") % {
        "won": value_text(actor, None, figures.closed),
        "commit": value_text(actor, None, figures.commit),
        "best": value_text(actor, None, figures.best_case),
        "pipeline": value_text(actor, None, figures.pipeline),
    }
