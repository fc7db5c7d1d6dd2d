"""The forecast page: one's own team, down to people and to opportunities."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import page
from banyan.core.web.day import list_url
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.views.base import signed_in
from banyan.forecasts.choices import Category, Measure
from banyan.forecasts.models import ForecastSubmission
from banyan.forecasts.queries.forecast import Figures, RollUp, roll_up
from banyan.forecasts.queries.measures import measure_sources
from banyan.forecasts.queries.people import Company, People, Team, led_by, people_of
from banyan.forecasts.queries.submissions import Standing, course, history, kept_promises, mean_accuracy, standing
from banyan.forecasts.queries.targets import Asked, Attainment, load_plan
from banyan.forecasts.rules import percent, total_forecast
from banyan.forecasts.views.frame import (
    FORECAST,
    asked_period,
    asked_team,
    crumbs_of,
    period_choice,
    require_open,
    tabs_of,
    team_url,
    unknown_text,
    value_text,
    with_query,
)
from banyan.money.choices import PeriodKind
from banyan.money.public import fiscal_calendar, period_label, period_of
from banyan.sales.choices import Outcome

OPPORTUNITY = "opportunity"
#: So many opportunities of a category stand on the page of a person; the list has them all.
SHOWN = 25
COLORS = {Category.CLOSED: "green", Category.COMMIT: "blue", Category.BEST_CASE: "yellow", Category.PIPELINE: "grey"}
#: The same as those of the dots beside the names.
CHART_COLORS = ["#2f7d4f", "#4a7fb5", "#c98a2b", "#8a9491"]
ORDER = (Category.CLOSED, Category.COMMIT, Category.BEST_CASE, Category.PIPELINE)
ADJUST = gettext_lazy("Adjust the forecast of %(name)s")


class _Page:
    """What one request reads once: people, figures, targets, and what was submitted."""

    def __init__(self, request: SignedInRequest) -> None:
        self.request, self.actor = request, request.actor
        self.period = asked_period(request)
        self.people: People = people_of(self.actor, OPPORTUNITY)
        self.company = Company(self.actor, self.people)
        first, last = self.period.first, self.period.last
        self.found: RollUp = roll_up(self.actor.organization, first, last, people=self.people.limit)
        self.standing: Standing = standing(self.period)
        self.led = led_by(self.actor)
        calendar = fiscal_calendar(self.actor.organization)
        year = period_of(calendar, first, PeriodKind.YEAR)
        measure = Asked(measure_sources[Measure.AMOUNT_WON])
        self.plan = load_plan(self.actor, measure, first=year.first, last=year.last)

    def goals(self, achieved: Any) -> Attainment:
        """Return the targets of the period beside what is won."""
        return Attainment(self.company, self.plan, achieved, self.period)

    def text(self, value: Decimal | None) -> str:
        """Return an amount as the page shows it."""
        return value_text(self.actor, None, value)


class _Won:
    """The won amounts of a roll-up in the shape of a measure's sums."""

    def __init__(self, found: RollUp) -> None:
        self.found = found

    def of(self, person: uuid.UUID | None, _month: Any = None) -> Decimal:
        return self.found.of(person).closed


@signed_in("GET")
def forecast(request: SignedInRequest) -> HttpResponse:
    """Show what a team, or one person, will bring in."""
    require_open(request.actor, OPPORTUNITY)
    shown = _Page(request)
    person = request.GET.get("person", "")
    if person or not _leads(shown):
        return _person_page(shown, parse_id(person) if person else request.actor.user_id)
    return _team_page(shown, asked_team(request, shown.company))


def _leads(shown: _Page) -> bool:
    return any(person != shown.actor.user_id for person in shown.company.members)


def _team_page(shown: _Page, department: uuid.UUID | None) -> HttpResponse:
    company, request = shown.company, shown.request
    goals = shown.goals(_Won(shown.found))
    members = company.members_in(department, [person for person, _month in shown.found.figures if person])
    rows = [_team_row(shown, goals, team) for team in company.teams_in(department)]
    rows += [_person_row(shown, goals, member.id, member.name) for member in members]
    whole: list[uuid.UUID | None] = list(company.below(department))
    if department is None and company.people.everybody:
        whole.append(None)
        unowned = shown.found.of(None)
        if unowned != Figures():
            rows.append({**_figures(shown, unowned), "name": _("Without owner"), "is_plain": True})
    total = shown.found.together(whole)
    attained = goals.of_team(department)
    judged = shown.standing.teams.get(department)
    expected = _expected(shown, company.below(department))
    own_team = company.team(department)
    context = {
        "title": own_team.name if own_team else "",
        "crumbs": crumbs_of(request, company, department),
        "rows": rows,
        "total": {**_figures(shown, total), "goal": shown.text(attained.goal), "expected": shown.text(expected)},
        "tiles": _tiles(shown, total, attained.goal, judged.amount if judged else expected),
        "judged": _submission(shown, judged) if judged and company.sees_all_of(department) else None,
        "adjust_url": _adjust_url(shown, team=department) if _may_judge(shown, department) else "",
        "history": [_submission(shown, row) for row in history(shown.period, department=department)]
        if company.sees_all_of(department)
        else [],
        "accuracy": _accuracy(shown, [member.id for member in members]),
        "chart": _chart(shown, company.below(department)),
        "is_empty": not rows,
    }
    return _answer(shown, "forecasts/forecast.html", context)


def _person_page(shown: _Page, person: uuid.UUID | None) -> HttpResponse:
    member = shown.company.members.get(person) if person else None
    if member is None:
        raise Missing("not_found", _("There is no such person, or you may not see their forecast."))
    figures = shown.found.of(member.id)
    goal = shown.goals(_Won(shown.found)).of_person(member.id).goal
    own, adjusted = shown.standing.own.get(member.id), shown.standing.adjusted.get(member.id)
    counted = shown.standing.counts(member.id)
    is_self = member.id == shown.actor.user_id
    context = {
        "title": member.name,
        "is_self": is_self,
        "crumbs": [
            *(crumbs_of(shown.request, shown.company, member.department) if _leads(shown) else []),
            *(
                [
                    {
                        "label": shown.company.teams[member.department].name,
                        "url": team_url(shown.request, member.department),
                    }
                ]
                if _leads(shown) and member.department in shown.company.teams
                else []
            ),
        ],
        "tiles": _tiles(shown, figures, goal, counted.amount if counted else None),
        "own": _submission(shown, own) if own else None,
        "adjusted": _submission(shown, adjusted) if adjusted else None,
        "submit_url": f"{FORECAST}/submit?period={shown.period.code}" if is_self else "",
        "adjust_url": _adjust_url(shown, person=member.id) if member.id in shown.led and not is_self else "",
        "groups": [_group(shown, member.id, category, figures) for category in ORDER],
        "history": [_submission(shown, row) for row in history(shown.period, person=member.id)],
        "accuracy": _accuracy(shown, [member.id]),
        "chart": _chart(shown, [member.id]),
    }
    return _answer(shown, "forecasts/person.html", context)


def _answer(shown: _Page, template: str, context: dict[str, Any]) -> HttpResponse:
    frame = {
        "tabs": tabs_of(shown.actor, FORECAST),
        "choice": period_choice(shown.request, shown.period),
        "unknown": unknown_text(shown.found.unknown),
        "columns": [{"label": str(category.label), "color": COLORS[category]} for category in ORDER],
    }
    return page(shown.request, template, {"forecast": {**frame, **context}})


def _figures(shown: _Page, figures: Figures) -> dict[str, Any]:
    parts = [(COLORS[category], getattr(figures, category.value)) for category in ORDER]
    whole = sum((amount for _color, amount in parts), Decimal(0))
    return {
        "cells": [shown.text(amount) if amount else "" for _color, amount in parts],
        "bar": bar(parts, whole),
        "open_count": figures.open_count,
    }


def bar(parts: Sequence[tuple[str, Decimal]], whole: Decimal) -> list[dict[str, Any]]:
    """Return the parts of a bar as shares of a hundred, one beginning where the one before ends."""
    found, start = [], Decimal(0)
    for color, amount in parts:
        width = max(amount, Decimal(0)) * 100 / whole if whole > 0 else Decimal(0)
        if width > 0:
            found.append({"color": color, "start": f"{start:.2f}", "width": f"{width:.2f}"})
        start += width
    return found


def _team_row(shown: _Page, goals: Attainment, team: Team) -> dict[str, Any]:
    department, name = team.id, team.name
    people = shown.company.below(department)
    judged = shown.standing.teams.get(department)
    goal = goals.of_team(department).goal
    figures = shown.found.together(people)
    return {
        **_figures(shown, figures),
        "name": name,
        "url": team_url(shown.request, department),
        "is_team": True,
        "goal": shown.text(goal),
        "reached": percent(figures.closed, goal),
        "own": shown.text(_expected(shown, people)),
        "adjusted": _submission(shown, judged) if judged else None,
        "adjust_url": _adjust_url(shown, team=department) if _may_judge(shown, department) else "",
        "adjust_label": ADJUST % {"name": name},
    }


def _person_row(shown: _Page, goals: Attainment, person: uuid.UUID, name: str) -> dict[str, Any]:
    figures, goal = shown.found.of(person), goals.of_person(person).goal
    own, adjusted = shown.standing.own.get(person), shown.standing.adjusted.get(person)
    return {
        **_figures(shown, figures),
        "name": name,
        "url": with_query(shown.request, person=str(person), team=None),
        "goal": shown.text(goal),
        "reached": percent(figures.closed, goal),
        "own": shown.text(own.amount) if own else "",
        "own_note": own.note if own else "",
        "adjusted": _submission(shown, adjusted) if adjusted else None,
        "adjust_url": _adjust_url(shown, person=person)
        if person in shown.led and person != shown.actor.user_id
        else "",
        "adjust_label": ADJUST % {"name": name},
    }


def _expected(shown: _Page, people: Sequence[uuid.UUID]) -> Decimal:
    """Return what people of a team forecast together: each one's figure that counts, else what is certain."""
    standing_now, figures = shown.standing, []
    for person in people:
        adjusted, own = standing_now.adjusted.get(person), standing_now.own.get(person)
        certain = shown.found.of(person).certain
        figures.append((adjusted.amount if adjusted else None, own.amount if own else None, certain))
    return total_forecast(figures)


def _tiles(shown: _Page, figures: Figures, goal: Decimal | None, counted: Decimal | None) -> list[dict[str, Any]]:
    reached = percent(figures.closed, goal)
    gap = goal - figures.certain if goal is not None else None
    tiles = [
        {
            "label": str(Category.CLOSED.label),
            "value": shown.text(figures.closed),
            "previous": _("%(percent)s %% of the target") % {"percent": reached} if reached is not None else "",
        },
        {"label": _("Won and committed"), "value": shown.text(figures.certain)},
        {"label": _("With the best cases"), "value": shown.text(figures.hoped)},
    ]
    if counted is not None:
        tiles.append({"label": _("Forecast"), "value": shown.text(counted)})
    if goal is not None:
        missing = _("%(amount)s still missing") if gap and gap > 0 else ""
        tiles.append(
            {
                "label": _("Target"),
                "value": shown.text(goal),
                "previous": missing % {"amount": shown.text(gap)} if missing else _("covered by what is committed"),
            }
        )
    return tiles


def _submission(shown: _Page, row: ForecastSubmission) -> dict[str, Any]:
    certain = sum((Decimal(row.figures.get(name, "0")) for name in (Category.CLOSED, Category.COMMIT)), Decimal(0))
    return {
        "amount": shown.text(row.amount),
        "note": row.note,
        "by": row.by.name,
        "at": told_instant(row.at),
        "kind": str(row.get_kind_display()),
        "certain": shown.text(certain),
    }


def _adjust_url(shown: _Page, *, person: uuid.UUID | None = None, team: uuid.UUID | None = None) -> str:
    whose = {"person": str(person)} if person else {"team": str(team) if team else "all"}
    return f"{FORECAST}/adjust?{urlencode({'period': shown.period.code, **whose})}"


def _may_judge(shown: _Page, department: uuid.UUID | None) -> bool:
    people = [person for person in shown.company.below(department) if person != shown.actor.user_id]
    return bool(people) and shown.company.sees_all_of(department) and all(person in shown.led for person in people)


def _group(shown: _Page, person: uuid.UUID, category: Category, figures: Figures) -> dict[str, Any]:
    """Return the opportunities of a category that the reader may see, the largest first, and where the list has all."""
    spec = spec_for(shown.actor.organization, OPPORTUNITY)
    days = [shown.period.first.isoformat(), shown.period.last.isoformat()]
    is_won = category == Category.CLOSED
    conditions: list[dict[str, Any]] = [
        {"field": "owner", "op": "eq", "value": str(person)},
        {"field": "closed_on" if is_won else "expected_close_on", "op": "between", "value": days},
        {"field": "outcome", "op": "eq", "value": (Outcome.WON if is_won else Outcome.OPEN).value},
    ]
    if not is_won:
        conditions.append({"field": "forecast_category", "op": "eq", "value": category.value})
    day = "closed_on" if is_won else "expected_close_on"
    rows = restrict(live_rows(shown.actor, spec), shown.actor, spec).filter(
        owner=person, outcome=Outcome.WON if is_won else Outcome.OPEN, **{f"{day}__range": days}
    )
    if not is_won:
        rows = rows.filter(forecast_category=category)
    names = ("pk", "name", "customer__name", "stage__name", "amount", "currency", day)
    found = list(rows.order_by("-amount", "pk").values_list(*names)[: SHOWN + 1])
    return {
        "label": str(category.label),
        "color": COLORS[category],
        "total": shown.text(getattr(figures, category.value)),
        "url": list_url(spec, {"all": conditions}, sort="-amount"),
        "has_more": len(found) > SHOWN,
        "rows": [
            {
                "url": f"/{spec.plural}/{pk}",
                "name": name,
                "customer": customer or "",
                "stage": stage or "",
                "amount": _amount(shown.actor, amount, currency),
                "day": when.isoformat() if when else "",
            }
            for pk, name, customer, stage, amount, currency, when in found[:SHOWN]
        ],
    }


def _amount(actor: Actor, amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else amounts_text(actor, {currency or actor.currency: amount})


def _accuracy(shown: _Page, people: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Return how near people came in the periods before; nothing for those who never gave a figure."""
    kept = kept_promises(shown.actor.organization, people, shown.period.kind, shown.period)
    rows = []
    for person, periods in kept.items():
        rows.append(
            {
                "name": shown.company.members[person].name,
                "mean": mean_accuracy(periods),
                "periods": [
                    {
                        "label": period_label(one.period),
                        "first": shown.text(one.first),
                        "last": shown.text(one.last),
                        "outcome": shown.text(one.outcome),
                        "accuracy": one.accuracy_of_first,
                        "accuracy_of_last": one.accuracy_of_last,
                    }
                    for one in periods
                ],
            }
        )
    return sorted(rows, key=lambda row: (-(row["mean"] or 0), row["name"]))


def _chart(shown: _Page, people: Sequence[uuid.UUID]) -> dict[str, Any] | None:
    """Return how the figures of the period moved, day by day; None until there are two days."""
    days = course(people, shown.period)
    if len(days) < 2:
        return None
    series = [(str(category.label), [getattr(day.figures, category.value) for day in days]) for category in ORDER]
    return {
        "id": "chart-course",
        "title": pgettext("forecast", "What was forecast when"),
        "option": {
            "color": CHART_COLORS,
            "legend": {"top": 0, "right": 0},
            "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "category", "data": [day.day.isoformat() for day in days]},
            "yAxis": {"type": "value"},
            "series": [
                {
                    "name": label,
                    "type": "line",
                    "step": "end",
                    "stack": "all",
                    "areaStyle": {},
                    "showSymbol": False,
                    "data": [float(value) for value in values],
                }
                for label, values in series
            ],
        },
        "table": {
            "head": ["", *(label for label, _values in series)],
            "rows": [
                [day.day.isoformat(), *(f"{getattr(day.figures, category.value):,.0f}" for category in ORDER)]
                for day in days
            ],
        },
    }
