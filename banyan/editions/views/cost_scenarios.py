"""Pages of scenarios: those that an organization keeps, and two to four side by side."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.kernel.languages import written_instant
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in
from banyan.editions.choices import EDITION_LABELS, HOSTING_LABELS, PART_LABELS
from banyan.editions.cost.addresses import PATH, query_of, values_in
from banyan.editions.cost.answers import MOST_COMPARED, comparison
from banyan.editions.cost.charts import compared, money
from banyan.editions.cost.files import scenario_from
from banyan.editions.cost.keeping import find_kept, keep, kept_scenarios, may_change, remove, scenario_of_kept
from banyan.editions.cost.loading import EDITIONS
from banyan.editions.cost.model import PARTS
from banyan.editions.cost.scenario import Scenario
from banyan.editions.cost.telling import payback_words, rate_words
from banyan.editions.forms.cost import with_usual
from banyan.editions.views.cost import KEPT, WITH, answer_page, refused

SCENARIOS, COMPARE = f"{PATH}/scenarios", f"{PATH}/compare"
#: The scenarios of a comparison, each as the query of its own address.
EACH = "s"


@signed_in("GET")
def scenarios(request: SignedInRequest) -> HttpResponse:
    """List the scenarios that the organization keeps."""
    rows = [
        {
            "id": row.pk,
            "name": row.name,
            "author": row.created_by.name if row.created_by else "",
            "at": written_instant(row.updated_at.astimezone(ZoneInfo(request.actor.time_zone)), request.actor.language),
            "headcount": row.document.get("scenario", {}).get("headcount", ""),
            "edition": EDITION_LABELS.get(row.document.get("scenario", {}).get("edition", ""), ""),
            "may_change": may_change(request.actor, row),
        }
        for row in kept_scenarios()
    ]
    return answer_page(request, "editions/cost_scenarios.html", {"rows": rows, "most": MOST_COMPARED})


@signed_in("POST")
def keep_scenario(request: SignedInRequest) -> HttpResponse:
    """Keep the scenario of an address under a name."""
    try:
        scenario = _of_query(request.POST.get("query", ""))
        row = keep(request.actor, request.POST.get("name", ""), scenario)
    except DomainError as problem:
        return refused(request, problem)
    leave_message(request, _("“%(name)s” is kept.") % {"name": row.name})
    return HttpResponseRedirect(f"{PATH}?{query_of(replace(scenario, name=row.name))}")


@signed_in("GET")
def open_kept(request: SignedInRequest, scenario_id: uuid.UUID) -> HttpResponse:
    """Lead to the address of a kept scenario."""
    try:
        found = scenario_of_kept(find_kept(scenario_id))
    except Invalid as problem:
        return refused(request, problem)
    kept = f"&{KEPT}={found.kept_total}" if found.kept_total else ""
    return HttpResponseRedirect(f"{PATH}?{query_of(found.scenario)}{kept}")


@signed_in("POST")
def remove_kept(request: SignedInRequest, scenario_id: uuid.UUID) -> HttpResponse:
    """Remove a kept scenario."""
    row = find_kept(scenario_id)
    remove(request.actor, row)
    leave_message(request, _("“%(name)s” is removed.") % {"name": row.name})
    return HttpResponseRedirect(SCENARIOS)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show two to four scenarios side by side; the address holds them all. Kept ones are taken by ``id``."""
    try:
        found = [_of_query(query) for query in request.GET.getlist(EACH)]
        found += _kept(request, request.GET.getlist("id"))
        found = found[:MOST_COMPARED]
        if not found:
            return HttpResponseRedirect(PATH)
        columns = comparison(found) if len(found) > 1 else []
    except DomainError as problem:
        return refused(request, problem)
    names = [_name(scenario, place) for place, scenario in enumerate(found, 1)]
    queries = [query_of(scenario) for scenario in found]
    context = {
        "scenarios": [
            {
                "name": name,
                "change": f"{PATH}?{query}&{urlencode({WITH: _without(queries, place)}, doseq=True)}",
                "drop": _address(_without(queries, place)) if len(found) > 1 else "",
            }
            for place, (name, query) in enumerate(zip(names, queries, strict=True))
        ],
        "rows": _rows(columns) if columns else [],
        "chart": compared(columns, names) if columns else {},
        "currency": found[0].currency,
        "variants": _variants(found[0], queries) if len(found) < MOST_COMPARED else [],
        "kept": _choices(request) if len(found) < MOST_COMPARED else [],
        "queries": queries,
        "share": request.build_absolute_uri(_address(queries)),
    }
    return answer_page(request, "editions/cost_compare.html", context)


def _rows(columns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is compared, line by line."""
    found = [(column["scenario"], column["cost"], column["benefit"]) for column in columns]

    def line(label: Any, cells: list[Any], *, is_sum: bool = False) -> dict[str, Any]:
        return {"label": label, "cells": cells, "is_sum": is_sum, "differs": len(set(map(str, cells))) > 1}

    parts = [
        line(PART_LABELS[name], [money(cost.per_year[name]) for _one, cost, _gain in found])
        for name in PARTS
        if any(cost.per_year[name] for _one, cost, _gain in found)
    ]
    return [
        line(_("Headcount"), [f"{one.headcount:,}" for one, _cost, _gain in found]),
        line(_("Edition"), [EDITION_LABELS[one.edition] for one, _cost, _gain in found]),
        line(_("Hosting"), [HOSTING_LABELS[one.hosting] for one, _cost, _gain in found]),
        line(_("Years"), [one.years for one, _cost, _gain in found]),
        *parts,
        line(_("A year, likely"), [money(cost.likely) for _one, cost, _gain in found], is_sum=True),
        line(_("Range"), [f"{money(cost.low)} - {money(cost.high)}" for _one, cost, _gain in found]),
        line(_("A head and year"), [money(cost.likely / one.headcount) for one, cost, _gain in found]),
        line(_("Once, to begin with"), [money(sum(cost.one_off.values())) for _one, cost, _gain in found]),
        line(_("All years, in today's money"), [money(cost.present_value) for _one, cost, _gain in found]),
        line(_("Benefit a year, likely"), [money(gain.likely) for _one, _cost, gain in found], is_sum=True),
        line(_("Net present value"), [money(gain.net_present_value) for _one, _cost, gain in found]),
        line(_("Pays back after"), [payback_words(gain.payback_months, one.years) for one, _cost, gain in found]),
        line(_("Internal rate of return"), [rate_words(gain) for _one, _cost, gain in found]),
    ]


def _of_query(query: str) -> Scenario:
    """Return the scenario of an address, or of the query of one."""
    text = urlsplit(query).query if query.startswith(("http://", "https://", "/")) else query
    return scenario_from(values_in(with_usual(dict(parse_qsl(text.lstrip("?"), max_num_fields=400)))))


def _kept(request: HttpRequest, ids: Sequence[str]) -> list[Scenario]:
    """Return kept scenarios by their ids; nobody but people of the organization has any."""
    if getattr(request, "actor", None) is None:
        return []
    chosen = set(ids)
    return [scenario_of_kept(row).scenario for row in kept_scenarios() if str(row.pk) in chosen]


def _choices(request: HttpRequest) -> list[dict[str, Any]]:
    if getattr(request, "actor", None) is None:
        return []
    return [{"id": row.pk, "name": row.name} for row in kept_scenarios()]


def _variants(scenario: Scenario, queries: Sequence[str]) -> list[dict[str, str]]:
    """Return what is often asked: the same with another edition, or on other servers."""
    other = "own" if scenario.hosting == "cloud" else "cloud"
    made = [
        *((EDITION_LABELS[edition], replace(scenario, edition=edition, name="")) for edition in EDITIONS
          if edition != scenario.edition),
        (HOSTING_LABELS[other], replace(scenario, hosting=other, name="")),
    ]  # fmt: skip
    return [
        {"label": str(label), "url": _address([*queries, query])}
        for label, variant in made
        if (query := query_of(variant)) not in queries
    ]


def _name(scenario: Scenario, place: int) -> str:
    if scenario.name:
        return scenario.name
    return f"{place}. {EDITION_LABELS[scenario.edition]}, {scenario.headcount:,}, {HOSTING_LABELS[scenario.hosting]}"


def _without(queries: Sequence[str], place: int) -> list[str]:
    return [query for position, query in enumerate(queries) if position != place]


def _address(queries: Sequence[str]) -> str:
    return f"{COMPARE}?{urlencode({EACH: list(queries)}, doseq=True)}"
