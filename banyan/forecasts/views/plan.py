"""The plan: targets of a team by month like a spreadsheet, spreading of larger ones, and what was changed when."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records.models import Change, ChangeAction
from banyan.core.web.answers import done, page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import told_instant
from banyan.core.web.views.base import signed_in
from banyan.forecasts.choices import Weights
from banyan.forecasts.models import Target
from banyan.forecasts.queries.people import Company, people_of
from banyan.forecasts.queries.targets import DEPARTMENT, EVERYBODY, PERSON, Asked, Plan, Subject, load_plan
from banyan.forecasts.services import targets
from banyan.forecasts.services.cells import read_amount, read_cells
from banyan.forecasts.views.frame import (
    PLAN,
    SPREAD,
    asked_measure,
    asked_team,
    crumbs_of,
    measure_tabs,
    require_open,
    tabs_of,
    team_url,
    unknown_text,
    value_text,
    with_query,
)
from banyan.forecasts.views.parts import part_choice
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, fiscal_calendar, fiscal_period, numbered, period_label, periods_of

TARGET = "target"
CHANGES_SHOWN = 100
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class _Sheet:
    """A team's plan of a fiscal year."""

    request: SignedInRequest
    asked: Asked
    company: Company
    department: uuid.UUID | None
    year: FiscalPeriod
    plan: Plan
    settable: Company

    @property
    def months(self) -> list[FiscalPeriod]:
        return periods_of(self.plan.calendar, self.year.year, PeriodKind.MONTH)

    @property
    def subject(self) -> Subject:
        return Subject(DEPARTMENT, self.department) if self.department else Subject(EVERYBODY)

    def rows(self) -> list[tuple[Subject, str]]:
        """Return the teams and people directly in the team, with their names."""
        found = [(Subject(DEPARTMENT, team.id), team.name) for team in self.company.teams_in(self.department)]
        return found + [
            (Subject(PERSON, member.id), member.name) for member in self.company.members_in(self.department)
        ]

    def people_of(self, subject: Subject) -> list[uuid.UUID]:
        """Return whose results belong to a row."""
        if subject.kind == PERSON:
            return [subject.id] if subject.id else []
        return self.company.below(subject.id)


def _sheet(request: SignedInRequest) -> _Sheet:
    actor = request.actor
    require_open(actor, TARGET)
    company = Company(actor, people_of(actor, TARGET))
    calendar = fiscal_calendar(actor.organization)
    current = fiscal_period(actor.organization, today(actor.organization.time_zone)).year
    given = request.GET.get("year", "")
    year = int(given) if given.isascii() and given.isdecimal() and len(given) == 4 else current
    period = numbered(calendar, min(max(year, FIRST_YEAR), LAST_YEAR))
    asked = asked_measure(request)
    plan = load_plan(actor, asked, first=period.first, last=period.last)
    return _Sheet(request, asked, company, asked_team(request, company), period, plan, targets.settable(actor))


@signed_in("GET", "POST")
def plan(request: SignedInRequest) -> HttpResponse:
    """Show a team's targets of a year as a sheet; a POST saves the cells that were changed."""
    sheet = _sheet(request)
    if request.method == "POST":
        return _save(sheet)
    return _show(sheet, {})


def _show(sheet: _Sheet, proposed: dict[tuple[Subject, FiscalPeriod], Decimal]) -> HttpResponse:
    request, actor = sheet.request, sheet.request.actor
    head = _row(sheet, sheet.subject, sheet.company.team(sheet.department), proposed, is_head=True)
    rows = [_row(sheet, subject, name, proposed) for subject, name in sheet.rows()]
    team = sheet.company.team(sheet.department)
    context = {
        "tabs": tabs_of(actor, PLAN),
        "measures": measure_tabs(request, sheet.asked),
        "part": part_choice(request, sheet.asked),
        "title": team.name if team else "",
        "crumbs": crumbs_of(request, sheet.company, sheet.department),
        "year": {
            "label": period_label(sheet.year),
            "previous": with_query(request, year=str(sheet.year.year - 1)),
            "next": with_query(request, year=str(sheet.year.year + 1)),
        },
        "months": [
            {"code": month.code, "label": f"{month.first:%m}", "title": f"{month.first:%Y-%m}"}
            for month in sheet.months
        ],
        "head": head,
        "rows": rows,
        "places": 2 if sheet.asked.measure.is_money else 0,
        "currency": actor.currency if sheet.asked.measure.is_money else "",
        "action": with_query(request),
        "spread_url": f"{SPREAD}?" + with_query(request, team=_team_of(sheet)).partition("?")[2],
        "changes_url": "/targets/changes",
        "import_url": "/imports/new?object=target" if actor.may(TARGET, "import") else "",
        "may_edit": head["may_edit"] or any(row["may_edit"] for row in rows),
        "is_proposed": bool(proposed),
        "unknown": unknown_text(sheet.plan.unknown),
    }
    return page(request, "forecasts/plan.html", {"plan": context})


def _team_of(sheet: _Sheet) -> str:
    return str(sheet.department) if sheet.department else "all"


def _row(
    sheet: _Sheet,
    subject: Subject,
    name: Any,
    proposed: dict[tuple[Subject, FiscalPeriod], Decimal],
    *,
    is_head: bool = False,
) -> dict[str, Any]:
    """Return a line of the sheet: the months, the year, and quarters that were set by themselves as a hint."""
    may_edit = targets.may_set(sheet.settable, subject)
    quarters = periods_of(sheet.plan.calendar, sheet.year.year, PeriodKind.QUARTER)
    set_quarters = [quarter for quarter in quarters if sheet.plan.set_amount(subject, quarter) is not None]
    hint = ", ".join(
        f"{period_label(quarter)}: {value_text(sheet.request.actor, sheet.asked.measure, sheet.plan.set_amount(subject, quarter))}"
        for quarter in set_quarters
    )
    return {
        "code": subject.code,
        "name": name.name if is_head else name,
        "is_team": subject.kind != PERSON,
        "url": team_url(sheet.request, subject.id) if subject.kind == DEPARTMENT and not is_head else "",
        "may_edit": may_edit,
        "cells": [_cell(sheet, subject, month, proposed) for month in sheet.months],
        "year": _cell(sheet, subject, sheet.year, proposed),
        "quarters": hint,
    }


def _cell(
    sheet: _Sheet, subject: Subject, period: FiscalPeriod, proposed: dict[tuple[Subject, FiscalPeriod], Decimal]
) -> dict[str, Any]:
    was = sheet.plan.set_amount(subject, period)
    value = proposed.get((subject, period), was)
    return {
        "period": period.code,
        "label": period_label(period),
        "value": _plain(value),
        "was": _plain(was),
        "is_changed": value != was,
    }


def _plain(value: Decimal | None) -> str:
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _save(sheet: _Sheet) -> HttpResponse:
    request = sheet.request
    cells = read_cells(request.POST.get("cells", ""), sheet.plan.calendar, sheet.year)
    written = targets.set_cells(request.actor, sheet.asked, cells, first=sheet.year.first, last=sheet.year.last)
    count = written.created + written.changed + written.removed
    text = ngettext("%(count)d target saved.", "%(count)d targets saved.", count) % {"count": count}
    return done(request, text, next_url=with_query(request), visit={"url": with_query(request)})


class SpreadForm(forms.Form):
    """What is spread, over what, and by what."""

    amount = forms.CharField(label=gettext_lazy("Target of the year"), max_length=40)
    over = forms.ChoiceField(
        label=gettext_lazy("Spread over"),
        choices=(
            ("months", gettext_lazy("the months of this team")),
            ("parts", gettext_lazy("teams and people, for the year")),
            ("both", gettext_lazy("teams and people, and their months")),
        ),
        initial="both",
        widget=forms.Select(attrs={"style": "radio"}),
    )
    weights = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=Weights.choices,
        initial=Weights.EQUAL,
        widget=forms.Select(attrs={"style": "radio"}),
    )
    own = forms.CharField(
        label=gettext_lazy("Own weights"),
        required=False,
        max_length=2_000,
        help_text=gettext_lazy(
            "Numbers separated by spaces, in the order of the sheet: one for each part, or for each month."
        ),
    )


@signed_in("GET", "POST")
def spread(request: SignedInRequest) -> HttpResponse:
    """Ask how a year's target is spread; the answer is the sheet with proposed cells, which nobody has saved yet."""
    sheet = _sheet(request)
    initial = {"amount": _plain(sheet.plan.goal(sheet.subject, sheet.year))}
    form = SpreadForm(request.POST or None, initial=initial)
    back = with_query(request)
    if request.method == "POST" and form.is_valid():
        try:
            proposed = _proposed(sheet, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _show(sheet, proposed)
    return form_answer(
        request,
        form,
        title=_("Spread the target of %(name)s") % {"name": getattr(sheet.company.team(sheet.department), "name", "")},
        text=_("You see the result in the sheet and save it there. The parts add up to the target exactly."),
        submit_label=_("Show the result"),
        cancel_url=back,
    )


def _proposed(sheet: _Sheet, given: dict[str, Any]) -> dict[tuple[Subject, FiscalPeriod], Decimal]:
    total = read_amount(given["amount"], "amount")
    if total is None:
        raise Invalid([FieldError("amount", "required", _("Say what is to be spread."))])
    by = targets.Spreading(given["weights"], tuple(_own_weights(given["own"])))
    proposed: dict[tuple[Subject, FiscalPeriod], Decimal] = {}
    actor, asked, months = sheet.request.actor, sheet.asked, sheet.months
    if targets.may_set(sheet.settable, sheet.subject):
        proposed[sheet.subject, sheet.year] = total
    if given["over"] == "months":
        people: list[uuid.UUID | None] = list(sheet.company.below(sheet.department))
        parts = targets.over_months(actor, asked, total, months, people=people, by=by)
        proposed |= {(sheet.subject, month): part for month, part in zip(months, parts, strict=True) if part}
        return proposed
    rows = [subject for subject, _name in sheet.rows() if targets.may_set(sheet.settable, subject)]
    if not rows:
        raise Invalid([FieldError("over", "no_parts", _("There is nobody here whose target you may set."))])
    groups = [sheet.people_of(subject) for subject in rows]
    shares = targets.over_people(actor, asked, total, sheet.year, groups=groups, by=by)
    for subject, group, share in zip(rows, groups, shares, strict=True):
        if not share:
            continue
        proposed[subject, sheet.year] = share
        if given["over"] == "both":
            # Own weights are those of the parts; their months follow evenly. Nor has everybody results of last year.
            has_seasons = by.weights == Weights.LAST_YEAR and _has_seasons(sheet, group)
            evenly = targets.Spreading(Weights.LAST_YEAR if has_seasons else Weights.EQUAL)
            parts = targets.over_months(actor, asked, share, months, people=group, by=evenly)
            proposed |= {(subject, month): part for month, part in zip(months, parts, strict=True) if part}
    return proposed


def _has_seasons(sheet: _Sheet, group: Sequence[uuid.UUID]) -> bool:
    try:
        targets.over_months(
            sheet.request.actor,
            sheet.asked,
            Decimal(0),
            sheet.months,
            people=group,
            by=targets.Spreading(Weights.LAST_YEAR),
        )
    except DomainError:
        return False
    return True


def _own_weights(text: str) -> list[Decimal]:
    words = text.replace("，", " ").replace(",", " ").replace(";", " ").split()
    found = [read_amount(word, "own") or Decimal(0) for word in words]
    if any(weight < 0 for weight in found):
        raise Invalid([FieldError("own", "too_small", _("Weights are zero or more."))])
    return found


@signed_in("GET")
def changes(request: SignedInRequest) -> HttpResponse:
    """Show who changed which targets when, newest first, as far as the reader may see the targets."""
    actor = request.actor
    require_open(actor, TARGET)
    company = Company(actor, people_of(actor, TARGET))
    rows = list(
        Change.objects.filter(
            object_name=TARGET, action__in=[ChangeAction.CREATE, ChangeAction.UPDATE, ChangeAction.DELETE]
        )
        .select_related("actor")
        .order_by("-id")[: CHANGES_SHOWN * 2]
    )
    found = Target.objects.in_bulk({row.record_id for row in rows})
    spec = spec_for(actor.organization, TARGET)
    entries = []
    for row in rows:
        target = found.get(row.record_id)
        if target is None or not _is_open(company, target):
            continue
        before, after = row.values.get("amount", (None, None))
        entries.append(
            {
                "name": target.name,
                "url": f"/{spec.plural}/{target.pk}" if target.deleted_at is None else "",
                "who": row.actor.name if row.actor else _("The system"),
                "at": told_instant(row.at),
                "what": _what(row.action, before, after, target.amount),
            }
        )
    return page(
        request,
        "forecasts/changes.html",
        {"changes": entries[:CHANGES_SHOWN], "tabs": tabs_of(actor, PLAN), "plan_url": PLAN},
    )


def _is_open(company: Company, target: Target) -> bool:
    if target.person_id is not None:
        return target.person_id in company.people
    if not target.departments:
        return company.sees_all_of(None)
    return all(pk in company.teams and company.sees_all_of(pk) for pk in target.departments)


def _what(action: str, before: Any, after: Any, amount: Decimal) -> str:
    if action == ChangeAction.CREATE:
        return _("set to %(amount)s") % {"amount": f"{amount:,.2f}"}
    if action == ChangeAction.DELETE:
        return _("taken away, %(amount)s") % {"amount": f"{amount:,.2f}"}
    if before is None and after is None:
        return _("changed")
    return _("%(before)s → %(after)s") % {
        "before": f"{Decimal(before or 0):,.2f}",
        "after": f"{Decimal(after or 0):,.2f}",
    }
