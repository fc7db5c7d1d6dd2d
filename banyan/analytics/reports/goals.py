"""Targets: what was to be won in each month of a period beside what was won, and whether the pace is enough."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.analytics.reports.funnel import is_outcome
from banyan.analytics.reports.shapes import (
    Cell,
    Column,
    Condition,
    Page,
    Question,
    Sums,
    Table,
    amount_cell,
    grouped,
    name_cell,
    percent_cell,
)
from banyan.analytics.rules import expected_by, last_day_of, steps_between
from banyan.core.access.decisions import restrict
from banyan.core.kernel.clock import today
from banyan.core.listing.filters import live_rows
from banyan.core.web.amounts import amounts_text
from banyan.core.web.day import list_url
from banyan.forecasts.choices import Measure
from banyan.money.choices import PeriodKind
from banyan.sales.choices import Outcome

NEEDS = ("outcome", "closed_on", "amount")
TARGET_NEEDS = ("person", "month", "amount")


@dataclass(frozen=True)
class Goal:
    """What one person, or with ``person`` None everybody, wanted to win in a month, in the organization's currency."""

    person: uuid.UUID | None
    name: str
    month: date
    amount: Decimal


def build(question: Question) -> Page:
    """Return goals beside what was won: for all and for each person of a target, with the pace to keep."""
    goals = _goals(question)
    if not goals:
        return Page((_empty(question),))
    months = sorted({goal.month for goal in goals})
    won = _won_by_day(question, months)
    team = _team(goals)
    tables = [_months(question, team, won)]
    if any(goal.person for goal in goals):
        tables.append(_people(question, goals, months))
    return Page(tables, _tiles(question, team, won))


def _goals(question: Question) -> list[Goal]:
    """Return the targets whose month touches the period, as far as the reader may see them."""
    actor, spec = question.actor, question.spec("target")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(
        month__gte=question.period.first.replace(day=1),
        month__lte=last_day_of(question.period.last.replace(day=1), "month"),
        currency__in=["", actor.currency],
        measure=Measure.AMOUNT_WON,
        period=PeriodKind.MONTH,
        departments=[],
        dimension="",
    )
    found = rows.order_by("month", "person__name").values_list("person_id", "person__name", "month", "amount")
    return [Goal(person, name or "", month.replace(day=1), amount) for person, name, month, amount in found]


def _team(goals: Sequence[Goal]) -> dict[date, Decimal]:
    """Return the target of everybody by month: the one that was set, else the sum of the persons'."""
    found: dict[date, Decimal] = {}
    for month in sorted({goal.month for goal in goals}):
        own = [goal.amount for goal in goals if goal.month == month and goal.person is None]
        found[month] = (
            sum(own, Decimal(0)) if own else sum((goal.amount for goal in goals if goal.month == month), Decimal(0))
        )
    return found


def _of_months(months: Sequence[date]) -> list[Condition]:
    days = [months[0].isoformat(), last_day_of(months[-1], "month").isoformat()]
    return [{"field": "closed_on", "op": "between", "value": days}, is_outcome(Outcome.WON)]


def _won_by_day(question: Question, months: Sequence[date]) -> dict[date, Sums]:
    spec = question.spec("opportunity")
    groups = grouped(question.actor, spec, _of_months(months), by=("closed_on:day",), has_amount=True)
    return {group.keys[0]: group.values.get("sum:amount", {}) for group in groups if group.keys[0]}


def _total(question: Question, won: Mapping[date, Sums], month: date) -> Decimal:
    currency, last = question.actor.currency, last_day_of(month, "month")
    return sum((sums.get(currency, Decimal(0)) for day, sums in won.items() if month <= day <= last), Decimal(0))


def _tiles(question: Question, team: Mapping[date, Decimal], won: Mapping[date, Sums]) -> list[dict[str, Any]]:
    actor, day = question.actor, today(question.actor.time_zone)
    goal = sum(team.values(), Decimal(0))
    done = sum((_total(question, won, month) for month in team), Decimal(0))
    expected = sum(
        (expected_by(day, month, last_day_of(month, "month"), amount) for month, amount in team.items()), Decimal(0)
    )
    url = list_url(question.spec("opportunity"), {"all": _of_months(list(team))})
    ahead = done - expected
    pace = _("%(amount)s ahead of the pace") if ahead >= 0 else _("%(amount)s behind the pace")
    return [
        {"label": _("Target"), "value": amounts_text(actor, {actor.currency: goal}), "url": "/targets"},
        {
            "label": _("Amount won"),
            "value": amounts_text(actor, {actor.currency: done}),
            "url": url,
            "previous": pace % {"amount": amounts_text(actor, {actor.currency: abs(ahead)})},
        },
        {"label": _("Reached"), "value": _share(done, goal).text},
    ]


def _share(done: Decimal, goal: Decimal) -> Cell:
    return percent_cell(int(done * 100), int(goal * 100))


def _months(question: Question, team: Mapping[date, Decimal], won: Mapping[date, Sums]) -> Table:
    actor, spec, day = question.actor, question.spec("opportunity"), today(question.actor.time_zone)
    rows: list[list[Cell]] = []
    for month, goal in team.items():
        done = _total(question, won, month)
        expected = expected_by(day, month, last_day_of(month, "month"), goal)
        url = list_url(spec, {"all": _of_months([month])})
        rows.append(
            [
                name_cell(f"{month:%Y-%m}", value=month.isoformat()),
                amount_cell(actor, {actor.currency: goal}),
                amount_cell(actor, {actor.currency: done}, url),
                _share(done, goal),
                amount_cell(actor, {actor.currency: expected}),
            ]
        )
    columns = [
        Column("month", pgettext("target", "Month"), is_number=False),
        Column("target", _("Target")),
        Column("won", _("Amount won")),
        Column("reached", _("Reached")),
        Column("expected", _("Expected by today")),
    ]
    note = _(
        "Targets are set by month; without one for the whole team, those of its people are added up. The pace spreads a"
        " target evenly over the days of its month. Only amounts in %(currency)s count."
    ) % {"currency": actor.currency}
    return Table("months", _("By month"), columns, rows, note, _pace_chart(question, team, won))


def _pace_chart(question: Question, team: Mapping[date, Decimal], won: Mapping[date, Sums]) -> dict[str, Any]:
    """Return what was won up to each week's end beside the line of an even pace."""
    months, day, currency = list(team), today(question.actor.time_zone), question.actor.currency
    last = last_day_of(months[-1], "month")
    ends = [min(start + timedelta(days=6), last) for start in steps_between(months[0], last, "week")]
    pace = [
        sum((expected_by(end, month, last_day_of(month, "month"), goal) for month, goal in team.items()), Decimal(0))
        for end in ends
    ]
    done = [
        sum((sums.get(currency, Decimal(0)) for when, sums in won.items() if when <= end), Decimal(0))
        if end - day < timedelta(days=7)
        else None
        for end in ends
    ]
    lines: list[tuple[str, Sequence[Decimal | None]]] = [(_("Won so far"), done), (_("Even pace"), pace)]
    return {
        "id": "chart-goals",
        "title": _("Won so far beside an even pace, in %(currency)s") % {"currency": currency},
        "option": {
            "legend": {"top": 0, "right": 0},
            "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "category", "data": [end.isoformat() for end in ends]},
            "yAxis": {"type": "value"},
            "series": [
                {
                    "name": label,
                    "type": "line",
                    "showSymbol": False,
                    "data": [None if value is None else float(value) for value in values],
                }
                for label, values in lines
            ],
        },
    }


def _people(question: Question, goals: Sequence[Goal], months: Sequence[date]) -> Table:
    actor, spec = question.actor, question.spec("opportunity")
    base = _of_months(months)
    won = {
        group.keys[0]: group.values.get("sum:amount", {}).get(actor.currency, Decimal(0))
        for group in grouped(actor, spec, base, by=("owner",), has_amount=True)
    }
    wanted: dict[uuid.UUID, tuple[str, Decimal]] = {}
    for goal in goals:
        if goal.person is not None:
            wanted[goal.person] = (goal.name, wanted.get(goal.person, ("", Decimal(0)))[1] + goal.amount)
    rows = []
    for person, (name, amount) in wanted.items():
        done = won.get(person, Decimal(0))
        url = list_url(spec, {"all": [*base, {"field": "owner", "op": "eq", "value": str(person)}]})
        target, reached = amount_cell(actor, {actor.currency: amount}), amount_cell(actor, {actor.currency: done}, url)
        rows.append([name_cell(name), target, reached, _share(done, amount)])
    columns = [
        Column("person", pgettext("colleague", "Person"), is_number=False),
        Column("target", _("Target")),
        Column("won", _("Amount won")),
        Column("reached", _("Reached")),
    ]
    return Table("people", _("By person"), columns, rows)


def _empty(question: Question) -> Table:
    text = _(
        "No target is set in this period. Set one for the whole team or for each person, month by month, and see your pace."
    )
    return Table("months", _("By month"), [Column("month", pgettext("target", "Month"))], [], empty=text)
