"""What is reached of the targets: the page by team and person, my day, and the big screen."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import NotAllowed
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro, page, part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import near_day, told_instant
from banyan.core.web.views.base import signed_in
from banyan.forecasts.queries.measures import Question, achieved
from banyan.forecasts.queries.people import Company, People, people_of
from banyan.forecasts.queries.targets import (
    PERSON,
    Asked,
    Attained,
    Attainment,
    Plan,
    Subject,
    attainment,
    load_plan,
    usual_measures,
)
from banyan.forecasts.rules import pace, percent
from banyan.forecasts.views.frame import (
    ATTAINMENT,
    SCREEN,
    asked_measure,
    asked_period,
    asked_team,
    crumbs_of,
    measure_tabs,
    period_choice,
    require_open,
    tabs_of,
    team_url,
    unknown_text,
    value_text,
    with_query,
)
from banyan.forecasts.views.parts import part_choice
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, fiscal_calendar, fiscal_period, period_label, period_of
from banyan.sales.choices import Outcome

TARGET, OPPORTUNITY = "target", "opportunity"
RANKED, WINS = 10, 6
#: More measures than these are looked at on the page of attainment.
MOST_ON_DAY = 2


@signed_in("GET")
def page_of_attainment(request: SignedInRequest) -> HttpResponse:
    """Show for a team and everybody in it what is reached of a period's targets."""
    require_open(request.actor, TARGET)
    actor, period = request.actor, asked_period(request, PeriodKind.MONTH)
    asked = asked_measure(request, period)
    company = Company(actor, people_of(actor, TARGET))
    department = asked_team(request, company)
    reached = attainment(actor, company, asked, period)
    whole = reached.of_team(department)
    done = [person for (person, _month), value in reached.sums.values.items() if person and value]
    rows = [
        _row(actor, asked, period, reached.of_team(team.id)) | {"url": team_url(request, team.id), "is_team": True}
        for team in company.teams_in(department)
    ]
    rows += [
        _row(actor, asked, period, reached.of_person(member.id)) for member in company.members_in(department, done)
    ]
    context = {
        "tabs": tabs_of(actor, ATTAINMENT),
        "choice": period_choice(request, period),
        "measures": measure_tabs(request, asked),
        "part": part_choice(request, asked),
        "title": whole.name,
        "crumbs": crumbs_of(request, company, department),
        "total": _row(actor, asked, period, whole),
        "tiles": _tiles(actor, asked, period, whole),
        "difference": _difference(actor, asked, whole),
        "rows": sorted(rows, key=lambda row: (not row.get("is_team"), -(row["percent"] or -1))),
        "unknown": unknown_text(reached.sums.unknown | reached.plan.unknown),
        "screen_url": f"{SCREEN}?team={department or 'all'}" if company.sees_all_of(department) else "",
        "plan_url": "/targets/plan?" + with_query(request).partition("?")[2],
    }
    return page(request, "forecasts/attainment.html", {"attainment": context})


def _row(actor: Actor, asked: Asked, period: FiscalPeriod, one: Attained) -> dict[str, Any]:
    share = percent(one.done, one.goal)
    expected = pace(one.goal, first=period.first, last=period.last, day=today(actor.time_zone)) if one.goal else None
    return {
        "name": one.name,
        "goal": value_text(actor, asked.measure, one.goal),
        "done": value_text(actor, asked.measure, one.done),
        "percent": share,
        "bar": min(share, 100) if share is not None else None,
        "color": _color(one.done, one.goal, expected),
    }


def _color(done: Decimal, goal: Decimal | None, expected: Decimal | None) -> str:
    if goal is None or expected is None:
        return "grey"
    if done >= goal:
        return "green"
    return "blue" if done >= expected else "yellow"


def _tiles(actor: Actor, asked: Asked, period: FiscalPeriod, whole: Attained) -> list[dict[str, Any]]:
    tiles = [{"label": str(asked.measure.name.label), "value": value_text(actor, asked.measure, whole.done)}]
    if whole.goal is None:
        return tiles
    expected = pace(whole.goal, first=period.first, last=period.last, day=today(actor.time_zone))
    ahead = whole.done - expected
    text = _("%(amount)s ahead of the pace") if ahead >= 0 else _("%(amount)s behind the pace")
    tiles[0]["previous"] = text % {"amount": value_text(actor, asked.measure, abs(ahead))}
    tiles.append({"label": _("Target"), "value": value_text(actor, asked.measure, whole.goal)})
    share = percent(whole.done, whole.goal)
    tiles.append({"label": _("Reached"), "value": f"{share} %" if share is not None else "–"})
    missing = whole.goal - whole.done
    if missing > 0:
        days = max(0, (period.last - max(today(actor.time_zone), period.first)).days + 1)
        left = ngettext("%(count)d day left", "%(count)d days left", days) % {"count": days}
        tiles.append(
            {
                "label": _("Still missing"),
                "value": value_text(actor, asked.measure, missing),
                "previous": left if days else "",
            }
        )
    return tiles


def _difference(actor: Actor, asked: Asked, whole: Attained) -> str:
    """Return by how much the targets below differ from the team's own one; an empty text where they agree."""
    if whole.goal is None or whole.below is None or whole.goal == whole.below:
        return ""
    difference = whole.below - whole.goal
    text = (
        _("The targets of those below add up to %(below)s, %(amount)s more than this target.")
        if difference > 0
        else _("The targets of those below add up to %(below)s, %(amount)s less than this target.")
    )
    return text % {
        "below": value_text(actor, asked.measure, whole.below),
        "amount": value_text(actor, asked.measure, abs(difference)),
    }


def my_day(actor: Actor) -> Markup | None:
    """Return what the reader, or their team, has reached of this month's, quarter's and year's targets; None without any."""
    if actor.user_id is None or not actor.may(TARGET, "view"):
        return None
    day = today(actor.time_zone)
    year = period_of(fiscal_calendar(actor.organization), day, PeriodKind.YEAR)
    asked = [Asked(source) for source in usual_measures(actor.organization, year.first, year.last)]
    if not asked:
        return None
    plans = [(one, load_plan(actor, one, first=year.first, last=year.last)) for one in asked]
    company = Company(actor, People(everybody=False, ids=frozenset({actor.user_id})))
    lines = _lines_of(actor, company, plans, Subject(PERSON, actor.user_id), day)
    title = _("My targets")
    if not lines:
        company = Company(actor, people_of(actor, TARGET))
        lines = _lines_of(actor, company, plans, None, day)
        title = _("Targets of my team")
    if not lines:
        return None
    return macro("forecasts/parts.html", "day_panel", {"title": title, "url": ATTAINMENT, "lines": lines})


def _lines_of(
    actor: Actor, company: Company, plans: Sequence[tuple[Asked, Plan]], subject: Subject | None, day: date
) -> list[dict[str, Any]]:
    """Return a line for each period of the measure with most targets that is wanted of somebody, and of the next one."""
    lines, measures = [], 0
    for asked, plan in plans:
        found = []
        for kind in PeriodKind:
            period = period_of(plan.calendar, day, kind)
            if subject is not None and plan.goal(subject, period) is None:
                continue
            sums = achieved(asked.measure, Question(actor.organization, period.first, period.last))
            reached = Attainment(company, plan, sums, period)
            one = reached.of_person(actor.user_id) if subject and actor.user_id else reached.of_team(company.own_team())
            if one.goal is None:
                continue
            label = period_label(period)
            if len(plans) > 1:
                label = f"{asked.measure.name.label} · {label}"
            found.append(_row(actor, asked, period, one) | {"label": label})
        lines += found
        measures += bool(found)
        if measures == MOST_ON_DAY:
            break
    return lines


@dataclass(frozen=True)
class _Screen:
    """What the big screen shows, and to whom."""

    actor: Actor
    company: Company
    department: uuid.UUID | None
    asked: Asked


@signed_in("GET")
def screen(request: SignedInRequest) -> HttpResponse:
    """Show the big screen of a team: what is reached, who leads, what was won last; it renews itself every minute."""
    require_open(request.actor, TARGET)
    actor = request.actor
    company = Company(actor, people_of(actor, TARGET))
    department = asked_team(request, company)
    if not company.sees_all_of(department):
        raise NotAllowed(
            "not_allowed",
            _("The big screen shows a team as a whole: it takes the right to see all targets of the team."),
        )
    shown = _Screen(actor, company, department, asked_measure(request))
    context = {"screen": _screen(shown, request)}
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true":
        return part(request, "forecasts/_screen.html", context)
    team = company.team(department)
    return page(request, "forecasts/screen.html", {**context, "title": team.name if team else ""})


def _screen(shown: _Screen, request: SignedInRequest) -> dict[str, Any]:
    actor, company = shown.actor, shown.company
    day = today(actor.organization.time_zone)
    found = {}
    for kind in PeriodKind:
        period = fiscal_period(actor.organization, day, kind)
        found[kind] = attainment(actor, company, shown.asked, period), period
    dials = []
    for reached, period in found.values():
        one = reached.of_team(shown.department)
        dials.append(_row(actor, shown.asked, period, one) | {"label": period_label(period)})
    reached, period = found[PeriodKind.MONTH]
    ranking = sorted(
        (reached.of_person(person) for person in company.below(shown.department)),
        key=lambda one: (-one.done, one.name),
    )
    team = company.team(shown.department)
    return {
        "url": request.get_full_path(),
        "team": team.name if team else "",
        "measure": str(shown.asked.measure.name.label),
        "at": told_instant(now()),
        "dials": dials,
        "month": period_label(period),
        "ranking": [
            _row(actor, shown.asked, period, one) | {"place": place}
            for place, one in enumerate(ranking[:RANKED], start=1)
            if one.done > 0
        ],
        "wins": _wins(shown),
        "unknown": unknown_text(reached.sums.unknown | reached.plan.unknown),
    }


def _wins(shown: _Screen) -> list[dict[str, str]]:
    """Return the latest wins of a team that the reader may see one by one."""
    actor = shown.actor
    if not module_is_on(actor.organization, "opportunities") or not actor.may(OPPORTUNITY, "view"):
        return []
    spec = spec_for(actor.organization, OPPORTUNITY)
    rows = restrict(live_rows(actor, spec), actor, spec).filter(outcome=Outcome.WON, closed_on__isnull=False)
    if shown.department is not None:
        rows = rows.filter(owner__in=shown.company.below(shown.department))
    names = ("name", "customer__name", "owner__name", "amount", "currency", "closed_on")
    found = rows.order_by("-closed_on", "-updated_at", "-pk").values_list(*names)[:WINS]
    day = today(actor.time_zone)
    return [
        {
            "customer": customer or name,
            "owner": owner or "",
            "amount": amounts_text(actor, {currency or actor.currency: amount}) if amount is not None else "",
            "day": near_day(closed, day),
        }
        for name, customer, owner, amount, currency, closed in found
        if closed is not None
    ]
