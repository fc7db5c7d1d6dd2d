"""Charts of the cost model as data for ``components/figures.html``; every chart has its figures as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import average_of, parts_of, scenario_of
from banyan.editions.cost.benefit import Benefit
from banyan.editions.cost.loading import EDITIONS, assumptions
from banyan.editions.cost.model import PARTS, Driver, Estimate, recommended_edition
from banyan.editions.cost.scenario import Scenario
from banyan.editions.cost.wording import word

#: Where curves are looked at: evenly on a logarithmic axis, and on both sides of each step between editions.
HEADS = (1, 2, 3, 5, 8, 12, 20, 21, 30, 50, 80, 120, 200, 300, 500, 501, 800, 1_200, 2_000, 3_000, 5_000, 10_000)
#: Sizes that the table of parts lists.
LISTED = (1, 10, 20, 21, 50, 200, 500, 501, 1_000, 3_000, 10_000)
DRIVERS_SHOWN = 8
GRID = {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True}
LEGEND = {"top": 0, "right": 0, "type": "scroll"}

Chart = dict[str, Any]


def money(amount: Decimal) -> str:
    """Return an amount as charts and tables show it: whole, or with cents where it is small."""
    return f"{amount:,.0f}" if abs(amount) >= 100 or not amount else f"{amount:,.2f}"


def at_size(scenario: Scenario, heads: int) -> Scenario:
    """Return the same plan for another headcount: with the edition that serves it, and what is usual for its size."""
    kept = ("years", "growth", "discount", "hosting", "dirt", "requests", "currency", "rates", "ranges")
    return scenario_of(heads, **{name: getattr(scenario, name) for name in kept})


def per_head(scenario: Scenario, currency: str) -> Chart:
    """Return how the cost per head changes from 1 to 10,000 people, with the steps between editions."""
    points = [
        (heads, recommended_edition(heads), average_of(at_size(scenario, heads), currency) / heads) for heads in HEADS
    ]
    series: list[Chart] = [
        {
            "name": str(EDITION_LABELS[edition]),
            "type": "line",
            "symbolSize": 6,
            "data": [[heads, _plain(amount)] for heads, found, amount in points if found == edition],
        }
        for edition in EDITIONS
    ]
    steps = [
        (before, after)
        for before, after in pairwise(points)
        if before[1] != after[1]
    ]  # fmt: skip
    series += [_step(*step) for step in steps]
    return {
        "id": "cost-per-head",
        "title": _("Cost per head and year by headcount, in %(currency)s") % {"currency": currency},
        "option": {
            "legend": {**LEGEND, "data": [str(EDITION_LABELS[edition]) for edition in EDITIONS]},
            "grid": GRID,
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "log", "min": 1, "max": 10_000},
            "yAxis": {"type": "value", "min": 0},
            "series": series,
        },
        "table": {
            "head": [_("Headcount"), _("Edition"), _("A head and year")],
            "rows": [[f"{heads:,}", str(EDITION_LABELS[edition]), money(amount)] for heads, edition, amount in points],
        },
        "steps": [
            _("From %(before)s to %(after)s people the %(edition)s begins: %(low)s becomes %(high)s a head and year.")
            % {"before": f"{before[0]:,}", "after": f"{after[0]:,}", "edition": EDITION_LABELS[after[1]],
               "low": money(before[2]), "high": money(after[2])}
            for before, after in steps
        ],
    }  # fmt: skip


def _step(before: tuple[int, str, Decimal], after: tuple[int, str, Decimal]) -> Chart:
    """Return a dashed line from one edition's last point to the next one's first."""
    return {
        "name": _("Step to the %(edition)s") % {"edition": EDITION_LABELS[after[1]]},
        "type": "line",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"type": "dashed", "width": 1.5, "color": "#8a8f98"},
        "tooltip": {"show": False},
        "data": [[before[0], _plain(before[2])], [after[0], _plain(after[2])]],
    }


def parts_by_headcount(scenario: Scenario, currency: str) -> Chart:
    """Return how each part of the cost of a year grows with headcount, on two logarithmic axes."""
    sizes = sorted({*HEADS, *LISTED})
    found = {heads: parts_of(at_size(scenario, heads), currency) for heads in sizes}
    shown = [name for name in PARTS if any(parts[name] for parts in found.values())]
    return {
        "id": "cost-parts-by-headcount",
        "title": _("How each part grows with headcount: %(currency)s a year") % {"currency": currency},
        "height": "tall",
        "option": {
            "legend": LEGEND,
            "grid": GRID,
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "log", "min": 1, "max": 10_000},
            "yAxis": {"type": "log", "min": 1},
            "series": [
                {
                    "name": str(PART_LABELS[name]),
                    "type": "line",
                    "symbol": "none",
                    "data": [[heads, _plain(parts[name])] for heads, parts in found.items() if parts[name] >= 1],
                }
                for name in shown
            ],
        },
        "table": {
            "head": [_("Part"), *(f"{heads:,}" for heads in LISTED)],
            "rows": [[str(PART_LABELS[name]), *(money(found[heads][name]) for heads in LISTED)] for name in shown],
        },
    }


def parts_by_year(found: Estimate, currency: str) -> Chart:
    """Return the parts of each year as stacked bars."""
    shown = [name for name, amounts in found.parts.items() if any(amounts)]
    years = [_("Year %(number)s") % {"number": year + 1} for year in range(len(found.totals))]
    return {
        "id": "cost-by-year",
        "title": _("Parts by year, in %(currency)s") % {"currency": currency},
        "option": {
            "legend": LEGEND,
            "grid": {**GRID, "top": 44},
            "xAxis": {"type": "category", "data": years},
            "yAxis": {"type": "value"},
            "series": [
                {
                    "name": str(PART_LABELS[name]),
                    "type": "bar",
                    "stack": "parts",
                    "barMaxWidth": 56,
                    "data": [_plain(amount) for amount in found.parts[name]],
                }
                for name in shown
            ],
        },
    }


def tornado(scenario: Scenario, found: Sequence[Driver], likely: Decimal, currency: str) -> Chart:
    """Return what the total hinges on: how far it moves when one assumption goes to its ends, the strongest on top."""
    shown = list(found[:DRIVERS_SHOWN])
    labels = [word(assumptions()[driver.key].labels) for driver in shown]
    ends = (("at_low", _("At its low end")), ("at_high", _("At its high end")))
    return {
        "id": "cost-tornado",
        "title": _("What the total of a year hinges on: difference from %(likely)s %(currency)s")
        % {"likely": money(likely), "currency": currency},
        "option": {
            "legend": LEGEND,
            "grid": {**GRID, "right": 24},
            "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
            "xAxis": {"type": "value", "splitNumber": 4, "axisLabel": {"hideOverlap": True}},
            "yAxis": {"type": "category", "inverse": True, "data": labels,
                      "axisLabel": {"width": 150, "overflow": "break"}},
            "series": [
                {"name": label, "type": "bar", "stack": "total", "barMaxWidth": 18,
                 "data": [_plain(getattr(driver, name) - likely) for driver in shown]}
                for name, label in ends
            ],
        },
        "table": {
            "head": [_("Assumption"), _("Range"), *(label for _name, label in ends)],
            "rows": [
                [label, _ends(scenario, driver.key), money(driver.at_low), money(driver.at_high)]
                for label, driver in zip(labels, shown, strict=True)
            ],
        },
    }  # fmt: skip


def _ends(scenario: Scenario, key: str) -> str:
    known = scenario.ranges.get(key) or assumptions()[key].range_in(scenario)
    return f"{known.low.normalize():f} - {known.high.normalize():f}"


def money_by_year(found: Estimate, gained: Benefit, currency: str) -> Chart:
    """Return costs and benefits of each year, and what is left when they are added up."""
    years = [_("Year %(number)s") % {"number": year + 1} for year in range(len(found.totals))]
    left, rows, line = Decimal(0), [], []
    for year, cost, gain in zip(years, found.totals, gained.totals, strict=True):
        left += gain - cost
        line.append(_plain(left))
        rows.append([year, money(cost), money(gain), money(left)])
    names = [_("Cost"), _("Benefit"), _("Left, added up")]
    bars = [
        {"name": name, "type": "bar", "barMaxWidth": 40, "data": [_plain(amount) for amount in amounts]}
        for name, amounts in zip(names, (found.totals, gained.totals), strict=False)
    ]
    return {
        "id": "cost-benefit-by-year",
        "title": _("Cost and benefit by year, in %(currency)s") % {"currency": currency},
        "option": {
            "legend": LEGEND,
            "grid": GRID,
            "xAxis": {"type": "category", "data": years},
            "yAxis": {"type": "value"},
            "series": [*bars, {"name": names[2], "type": "line", "symbolSize": 6, "data": line}],
        },
        "table": {"head": [_("Year"), *names], "rows": rows},
    }


def compared(columns: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Chart:
    """Return scenarios side by side as stacked bars of an average year's parts."""
    shown = [name for name in PARTS if any(any(column["cost"].parts[name]) for column in columns)]
    return {
        "id": "cost-compared",
        "title": _("An average year by part, in %(currency)s") % {"currency": columns[0]["currency"]},
        "option": {
            "legend": LEGEND,
            "grid": {**GRID, "top": 44},
            "xAxis": {
                "type": "category",
                "data": list(names),
                "axisLabel": {"interval": 0, "width": 90, "overflow": "break"},
            },
            "yAxis": {"type": "value"},
            "series": [
                {
                    "name": str(PART_LABELS[name]),
                    "type": "bar",
                    "stack": "parts",
                    "barMaxWidth": 64,
                    "data": [_plain(column["cost"].per_year[name]) for column in columns],
                }
                for name in shown
            ],
        },
    }


def _plain(amount: Decimal) -> float:
    return float(round(amount, 2))
