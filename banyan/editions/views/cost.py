"""The page that says what the product costs a company; anybody may open it, and the address holds the whole scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Invalid
from banyan.core.objects.modules import modules
from banyan.core.web.menu import frame
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import average_of, estimate_in, scenario_of
from banyan.editions.cost.capacity import Capacity, Demand, plan
from banyan.editions.cost.loading import EDITIONS, assumptions, currency_rates, dates, measured, price_book
from banyan.editions.cost.model import Estimate, drivers, ranges_of, recommended_edition
from banyan.editions.cost.scenario import Scenario
from banyan.editions.forms.cost import AUTOMATIC, PREFIX, CostForm, ranges_given, with_usual

DRIVERS_SHOWN = 8
#: Where the curve of cost per head is looked at; the steps between editions lie beside each other.
HEADS = (1, 2, 3, 5, 8, 12, 20, 21, 30, 50, 80, 120, 200, 300, 500, 501, 800, 1_200, 2_000, 3_000, 5_000, 10_000)


def cost_page(request: HttpRequest) -> HttpResponse:
    """Show what a company pays in all parts and years, how sure that is, and what it hinges on."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(("GET",))
    form = CostForm(with_usual(request.GET.dict()))
    shown: dict[str, Any] = {}
    if form.is_valid():
        try:
            ranges = ranges_given(request.GET)
            scenario = replace(scenario_of(**form.given()), ranges=ranges)
            shown = _result(scenario, form.cleaned_data["currency"] or "CNY")
        except Invalid as problem:
            add_problem(form, problem)
    is_signed_in = getattr(request, "actor", None) is not None
    context = {
        "layout": "base.html" if is_signed_in else "layout/plain.html",
        "fields": fields_of(form),
        "errors": errors_of(form),
        "result": shown,
        "assumptions": _assumptions(form, request.GET),
        "dates": dates(),
        "share_url": _share_url(request),
    }
    return render(
        request,
        "editions/cost.html",
        {**(frame(request) if is_signed_in else {}), **context},
        status=200 if form.is_valid() else 422,
    )


def _result(scenario: Scenario, currency: str) -> dict[str, Any]:
    found = estimate_in(scenario, currency)
    rate = currency_rates()[currency]
    needed = plan(Demand(_users(scenario), scenario.customers, has_failover=scenario.has_failover), measured())
    return {
        "edition": EDITION_LABELS[scenario.edition],
        "reason": _reason(scenario),
        "tiles": _tiles(scenario, found, currency),
        "years": [str(year + 1) for year in range(scenario.years)],
        "parts": [
            {"label": PART_LABELS[name], "years": [_money(amount) for amount in amounts], "average": _money(average)}
            for (name, amounts), average in zip(found.parts.items(), found.per_year.values(), strict=True)
        ],
        "totals": [_money(amount) for amount in found.totals],
        "average": _money(found.likely),
        "currency": currency,
        "drivers": _drivers(scenario, rate),
        "others": _others(scenario, currency),
        "curve": _curve(scenario, currency),
        "capacity": _capacity(needed),
        "modules": _modules(scenario.edition),
    }


def _tiles(scenario: Scenario, found: Estimate, currency: str) -> list[dict[str, str]]:
    return [
        {"label": _("A year, likely"), "value": f"{_money(found.likely)} {currency}",
         "previous": _("between %(low)s and %(high)s") % {"low": _money(found.low), "high": _money(found.high)}},
        {"label": _("A head and year"), "value": f"{_money(found.likely / scenario.headcount)} {currency}"},
        {"label": _("First year"), "value": f"{_money(found.totals[0])} {currency}"},
        {"label": ngettext("%(count)d year, in today's money", "%(count)d years, in today's money", scenario.years)
                  % {"count": scenario.years}, "value": f"{_money(found.present_value)} {currency}"},
    ]  # fmt: skip


def _reason(scenario: Scenario) -> str:
    """Return why this edition: the smallest that serves, or what speaks for another one."""
    smallest = recommended_edition(scenario.headcount)
    if smallest == scenario.edition:
        return str(
            {
                "basic": _("Up to about twenty people the basic edition has all that is needed, and nothing to study."),
                "standard": _("From about twenty people on, stages, approvals, rights and quotes save more than they cost."),
                "enterprise": _("From some hundreds on, connected systems, several companies and a cluster are worth their price."),
            }[smallest]
        )  # fmt: skip
    if EDITIONS.index(smallest) < EDITIONS.index(scenario.edition):
        return _("For this headcount the %(edition)s would do; choose the larger one for what it adds.") % {
            "edition": EDITION_LABELS[smallest]
        }
    return _("For this headcount the %(edition)s is meant; the smaller one will ask for work-arounds.") % {
        "edition": EDITION_LABELS[smallest]
    }


def _drivers(scenario: Scenario, rate: Decimal) -> list[dict[str, Any]]:
    """Return the assumptions that the total hinges on, as bars between 0 and 100 on a common scale."""
    found = drivers(scenario, assumptions(), price_book()[scenario.edition]["CNY"], measured())[:DRIVERS_SHOWN]
    if not found:
        return []
    least = min(min(driver.at_low, driver.at_high) for driver in found)
    most = max(max(driver.at_low, driver.at_high) for driver in found)
    span = most - least or Decimal(1)
    rows = []
    for driver in found:
        low, high = sorted((driver.at_low, driver.at_high))
        rows.append(
            {
                "label": _word(assumptions()[driver.key].labels),
                "from": round(100 * (low - least) / span),
                "width": max(1, round(100 * (high - low) / span)),
                "text": f"{_money(low * rate)} - {_money(high * rate)}",
            }
        )
    return rows


def _others(scenario: Scenario, currency: str) -> list[dict[str, Any]]:
    """Return the next smaller and larger edition with what they cost, beside the one at hand."""
    place = EDITIONS.index(scenario.edition)
    near = EDITIONS[max(0, place - 1) : place + 2]
    return [
        {
            "label": EDITION_LABELS[edition],
            "is_current": edition == scenario.edition,
            "average": _money(average_of(replace(scenario, edition=edition), currency)),
        }
        for edition in near
    ]


def _curve(scenario: Scenario, currency: str) -> dict[str, Any]:
    """Return how cost per head changes with headcount, each size with the edition that serves it."""
    points = []
    for heads in HEADS:
        there = scenario_of(heads, years=scenario.years, hosting=scenario.hosting)
        per_head = average_of(there, currency) / heads
        points.append((heads, there.edition, per_head))
    series = [
        {
            "name": str(EDITION_LABELS[edition]),
            "type": "line",
            "symbolSize": 6,
            "data": [[heads, float(round(amount, 2))] for heads, found, amount in points if found == edition],
        }
        for edition in EDITIONS
    ]
    return {
        "id": "cost-per-head",
        "title": _("Cost per head and year by headcount, in %(currency)s") % {"currency": currency},
        "option": {
            "legend": {"top": 0, "right": 0},
            "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "log", "min": 1, "max": 10_000},
            "yAxis": {"type": "value"},
            "series": series,
        },
        "table": {
            "head": [_("Headcount"), _("Edition"), _("A head and year")],
            "rows": [[f"{heads:,}", str(EDITION_LABELS[edition]), _money(amount)] for heads, edition, amount in points],
        },
    }


def _modules(edition: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the edition has, and what it leaves out because such companies do not need it."""
    known = [
        {"label": str(module.label), "purpose": str(module.purpose), "has": edition in module.editions}
        for module in modules
    ]
    return {
        "in": [module for module in known if module["has"]],
        "out": [module for module in known if not module["has"]],
    }


def _capacity(needed: Capacity) -> list[tuple[str, str]]:
    return [
        (_("Servers"), f"{needed.nodes}"),
        (_("Processor cores"), f"{needed.cores}"),
        (_("Memory"), f"{needed.memory_gb} GB"),
        (_("Storage"), f"{needed.storage_gb:,} GB"),
        (_("Backups"), f"{needed.backup_gb:,} GB"),
    ]


def _assumptions(form: CostForm, sent: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return every assumption with its range in the edition at hand, its source and the input that replaces it."""
    edition = "standard"
    if form.is_valid():
        chosen = form.cleaned_data["edition"]
        edition = recommended_edition(form.cleaned_data["headcount"]) if chosen in {"", AUTOMATIC} else chosen
    known = ranges_of(Scenario(1, edition), assumptions())
    return [
        {
            "name": f"{PREFIX}{key}",
            "label": _word(entry.labels),
            "part": PART_LABELS.get(entry.part, ""),
            "unit": _word(entry.unit.labels),
            "usual": f"{_plain(known[key].low)}, {_plain(known[key].likely)}, {_plain(known[key].high)}",
            "value": sent.get(f"{PREFIX}{key}", ""),
            "source": _word(entry.source),
        }
        for key, entry in assumptions().items()
    ]


def _share_url(request: HttpRequest) -> str:
    """Return the address of what was asked, without what was left empty; nothing when nothing was asked."""
    kept = {name: value for name, value in request.GET.items() if value}
    return request.build_absolute_uri(f"{request.path}?{urlencode(kept)}") if kept else ""


def _users(scenario: Scenario) -> int:
    share = ranges_of(scenario, assumptions())["user_share"].likely
    return max(1, round(scenario.headcount * share))


def _word(words: Mapping[str, str]) -> str:
    return words["zh" if (get_language() or "").startswith("zh") else "en"]


def _money(amount: Decimal) -> str:
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.2f}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
