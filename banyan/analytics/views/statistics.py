"""The page of statistics: any period beside the one before, by person, by source and over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.analytics.panels import tile, value_text
from banyan.analytics.periods import Period, period_choice, read_period, span
from banyan.analytics.queries import (
    MODULE,
    OWNER,
    SOURCE,
    Figure,
    Measure,
    Part,
    compare,
    measures_for,
    parts_of,
    sees_amount,
)
from banyan.analytics.rules import last_day_of, step_of, steps_between
from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Missing
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import page
from banyan.core.web.day import list_url
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in

HEADINGS = {OWNER: gettext_lazy("By person"), SOURCE: gettext_lazy("By source")}


@dataclass(frozen=True)
class Step:
    """A day, week or month of a chart; ``first`` and ``last`` are its days within the period."""

    start: date
    label: str
    first: date
    last: date


@signed_in("GET")
def statistics(request: SignedInRequest) -> HttpResponse:
    """Show what was gained, done and earned."""
    actor = request.actor
    if not module_is_on(actor.organization, MODULE):
        raise Missing("not_found", _("There is no such page."))
    period = read_period(request.GET, actor.time_zone)
    first, last = period.first, period.last
    measures = measures_for(actor)
    before = _("before")
    tiles = [
        tile(actor, compare(actor, measure, spec, first=first, last=last), first=first, last=last, before=before)
        for measure, spec in measures
    ]
    context = {
        "tiles": tiles,
        "choice": period_choice(period, "/statistics"),
        "span": period.text,
        "span_before": span(*period.before),
        "tables": [
            _table(actor, measures, period, by=OWNER),
            _table(actor, [pair for pair in measures if pair[0].has_source], period, by=SOURCE),
        ],
        "charts": _charts(actor, measures, period),
    }
    return page(request, "analytics/statistics.html", {"statistics": context})


def _table(actor: Actor, measures: Sequence[tuple[Measure, ObjectSpec]], period: Period, *, by: str) -> dict[str, Any]:
    """Return the measures side by side, one row for each person or source, each with the period before."""
    rows: dict[Any, dict[str, Any]] = {}
    columns = []
    for index, (measure, spec) in enumerate(measures):
        has_amount = sees_amount(actor, measure, spec)
        columns.append({"label": str(measure.label), "has_amount": has_amount})
        current = parts_of(actor, measure, spec, by=by, first=period.first, last=period.last)
        before_first, before_last = period.before
        previous = {
            part.key: part for part in parts_of(actor, measure, spec, by=by, first=before_first, last=before_last)
        }
        known = {part.key for part in current}
        gone = [Part(part.key, part.label, Figure(), part.condition) for part in previous.values()]
        for part in (*current, *(part for part in gone if part.key not in known)):
            row = rows.setdefault(part.key, {"label": part.label, "cells": [{}] * len(measures), "weight": (0, 0)})
            was = previous[part.key].figure if part.key in previous else Figure()
            cell = {
                "count": f"{part.figure.count:,}",
                "amount": value_text(actor, part.figure, has_amount) if has_amount and part.figure.count else "",
                "before": f"{was.count:,}",
                "amount_before": value_text(actor, was, has_amount) if has_amount and was.count else "",
                "url": list_url(spec, measure.tree(period.first, period.last, part.condition)),
                "is_empty": not part.figure.count,
            }
            row["cells"] = [*row["cells"][:index], cell, *row["cells"][index + 1 :]]
            own = part.figure.sums.get(actor.currency, Decimal(0))
            row["weight"] = (row["weight"][0] + own, row["weight"][1] + part.figure.count)
    ordered = sorted(rows.items(), key=lambda entry: (entry[0] is None, *(-value for value in entry[1]["weight"])))
    return {"title": str(HEADINGS[by]), "columns": columns, "rows": [row for _key, row in ordered]}


def _charts(actor: Actor, measures: Sequence[tuple[Measure, ObjectSpec]], period: Period) -> list[dict[str, Any]]:
    """Return the charts: numbers over time, amounts over time."""
    step = step_of(period.first, period.last)
    steps = [
        Step(start, _step_label(start, step), max(start, period.first), min(last_day_of(start, step), period.last))
        for start in steps_between(period.first, period.last, step)
    ]
    series = [(measure, spec, _by_start(actor, measure, spec, period, step=step)) for measure, spec in measures]
    counted = [(measure, spec, parts) for measure, spec, parts in series if not sees_amount(actor, measure, spec)]
    earned = [(measure, spec, parts) for measure, spec, parts in series if sees_amount(actor, measure, spec)]
    charts = []
    if counted:
        charts.append(_chart("counts", _("New customers and follow-ups"), counted, steps, currency=""))
    if earned:
        title = _("Won and ordered, in %(currency)s") % {"currency": actor.currency}
        charts.append(_chart("amounts", title, earned, steps, currency=actor.currency))
    return charts


def _by_start(actor: Actor, measure: Measure, spec: ObjectSpec, period: Period, *, step: str) -> dict[date, Figure]:
    parts = parts_of(actor, measure, spec, by=f"{measure.day_field}:{step}", first=period.first, last=period.last)
    return {part.key: part.figure for part in parts if part.key is not None}


def _chart(
    name: str,
    title: str,
    series: Sequence[tuple[Measure, ObjectSpec, dict[date, Figure]]],
    steps: Sequence[Step],
    *,
    currency: str,
) -> dict[str, Any]:
    """Return bars over time, with the same figures as a table; each bar opens the records behind it."""

    def value(figure: Figure) -> float | int:
        return float(figure.sums.get(currency, Decimal(0))) if currency else figure.count

    values = [[value(found.get(step.start, Figure())) for step in steps] for _measure, _spec, found in series]
    return {
        "id": f"chart-{name}",
        "title": title,
        "option": {
            "legend": {"top": 0, "right": 0},
            "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "category", "data": [step.label for step in steps]},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {
                    "name": str(measure.label),
                    "type": "bar",
                    "barMaxWidth": 28,
                    "data": [
                        {"value": number, "url": list_url(spec, measure.tree(step.first, step.last))}
                        for number, step in zip(numbers, steps, strict=True)
                    ],
                }
                for (measure, spec, _found), numbers in zip(series, values, strict=True)
            ],
        },
        "table": {
            "head": ["", *(str(measure.label) for measure, _spec, _found in series)],
            "rows": [
                [step.label, *(f"{numbers[index]:,.0f}" for numbers in values)] for index, step in enumerate(steps)
            ],
        },
    }


def _step_label(start: date, step: str) -> str:
    return f"{start:%Y-%m}" if step == "month" else f"{start:%m-%d}"
