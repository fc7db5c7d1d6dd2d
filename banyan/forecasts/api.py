"""The interface to forecasts and targets, for reading: what a team will bring in, and what is reached of its targets."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Missing, NotAllowed
from banyan.core.kernel.ids import parse_id
from banyan.forecasts.choices import Category, Measure
from banyan.forecasts.queries.forecast import Figures, RollUp, roll_up
from banyan.forecasts.queries.measures import measures_on
from banyan.forecasts.queries.people import Company, people_of
from banyan.forecasts.queries.submissions import Standing, standing
from banyan.forecasts.queries.targets import Asked, Attained, attainment
from banyan.forecasts.rules import percent, total_forecast
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, fiscal_calendar, fiscal_period, read_code

Json = dict[str, Any]
MODULE, ALL = "forecasts", "all"
ID: Json = {"type": ["string", "null"], "format": "uuid"}
AMOUNT: Json = {"type": ["string", "null"], "description": "A decimal in the organization's currency."}
PERIOD = Parameter("period", _("The period, such as 2026, 2026-Q4 or 2026-M11."), {"type": "string"})
TEAM = Parameter("team", _("A department, or “all”; without it the team of the reader."), {"type": "string"})
CATEGORIES = (Category.CLOSED, Category.COMMIT, Category.BEST_CASE, Category.PIPELINE)


def read_forecast(call: Call) -> Answer:
    """Answer with what a team will bring in in a period: together, by team below and by person."""
    call.allow_only(("period", "team"))
    actor = call.actor
    _require(actor, "opportunity")
    period = _period(call, PeriodKind.QUARTER)
    company = Company(actor, people_of(actor, "opportunity"))
    team = _team(call, company)
    found = roll_up(actor.organization, period.first, period.last, people=company.people.limit)
    stands = standing(period)
    people = company.below(team)
    rows = [
        {
            "kind": "team", "id": str(below.id), "name": below.name,
            **_figures(found.together(company.below(below.id))),
            "forecast": _text(_expected(company.below(below.id), found, stands)),
        }
        for below in company.teams_in(team)
    ]  # fmt: skip
    figured = [person for person, _month in found.figures if person]
    rows += [
        {
            "kind": "person", "id": str(member.id), "name": member.name, **_figures(found.of(member.id)),
            "forecast": _text(_expected([member.id], found, stands)),
        }
        for member in company.members_in(team, figured)
    ]  # fmt: skip
    whole: list[uuid.UUID | None] = list(people)
    if team is None and company.people.everybody:
        whole.append(None)
    judged = stands.teams.get(team)
    total = {
        **_figures(found.together(whole)),
        "forecast": _text(judged.amount if judged else _expected(people, found, stands)),
    }
    return Answer({**_head(actor, period, team), "total": total, "items": rows, "without_rate": sorted(found.unknown)})


def read_attainment(call: Call) -> Answer:
    """Answer with what is reached of the targets of a period: together, by team below and by person."""
    call.allow_only(("period", "team", "measure"))
    actor = call.actor
    _require(actor, "target")
    period = _period(call, PeriodKind.MONTH)
    sources = measures_on(actor.organization)
    name = call.parameter("measure") or Measure.AMOUNT_WON.value
    source = next((entry for entry in sources if entry.name == name), None)
    if source is None:
        names = ", ".join(entry.name.value for entry in sources)
        raise BadParameters(
            [FieldError("measure", "unknown_choice", _("Choose one of: %(names)s.") % {"names": names})]
        )
    company = Company(actor, people_of(actor, "target"))
    team = _team(call, company)
    reached = attainment(actor, company, Asked(source), period)
    done = [person for (person, _month), value in reached.sums.values.items() if person and value]
    rows = [
        {"kind": "team", "id": str(below.id), **_attained(reached.of_team(below.id))}
        for below in company.teams_in(team)
    ]
    rows += [
        {"kind": "person", "id": str(member.id), **_attained(reached.of_person(member.id))}
        for member in company.members_in(team, done)
    ]
    return Answer(
        {
            **_head(actor, period, team), "measure": source.name.value, "is_money": source.is_money,
            "total": _attained(reached.of_team(team)), "items": rows,
            "without_rate": sorted(reached.sums.unknown | reached.plan.unknown),
        }
    )  # fmt: skip


def _require(actor: Actor, object_name: str) -> None:
    if not actor.may(object_name, "view"):
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))


def _period(call: Call, usual: PeriodKind) -> FiscalPeriod:
    organization, code = call.actor.organization, call.parameter("period")
    if not code:
        return fiscal_period(organization, today(organization.time_zone), usual)
    try:
        return read_code(fiscal_calendar(organization), code)
    except ValueError:
        message = _("Give a period such as 2026, 2026-Q4 or 2026-M11.")
        raise BadParameters([FieldError("period", "bad_period", message)]) from None


def _team(call: Call, company: Company) -> uuid.UUID | None:
    given = call.parameter("team")
    if given == ALL:
        return None
    if not given:
        return company.own_team()
    found = parse_id(given)
    if found is None or company.team(found) is None:
        raise Missing("not_found", _("There is no such department, or you see nobody of it."))
    return found


def _head(actor: Actor, period: FiscalPeriod, team: uuid.UUID | None) -> Json:
    return {
        "period": period.code, "first_day": period.first.isoformat(), "last_day": period.last.isoformat(),
        "currency": actor.currency, "team": str(team) if team else None,
    }  # fmt: skip


def _figures(figures: Figures) -> Json:
    return {
        **{category.value: _text(getattr(figures, category.value)) for category in CATEGORIES},
        "open_count": figures.open_count,
    }


def _expected(people: list[uuid.UUID], found: RollUp, stands: Standing) -> Decimal:
    """Return what people forecast together: each one's figure that counts, else what is certain."""
    figures = []
    for person in people:
        adjusted, own = stands.adjusted.get(person), stands.own.get(person)
        figures.append((adjusted.amount if adjusted else None, own.amount if own else None, found.of(person).certain))
    return total_forecast(figures)


def _attained(one: Attained) -> Json:
    return {
        "name": one.name, "target": _text(one.goal), "reached": _text(one.done), "percent": percent(one.done, one.goal),
    }  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _answer(description: Any, row: Json, **more: Json) -> dict[int, Reply]:
    head = {name: {"type": "string"} for name in ("period", "first_day", "last_day", "currency")}
    items = {"type": "array", "items": {"type": "object", "properties": {"kind": {"type": "string"}, "id": ID, **row}}}
    total = {"type": "object", "properties": row}
    listed = {"type": "array", "items": {"type": "string"}}
    properties = {**head, "team": ID, "total": total, "items": items, "without_rate": listed, **more}
    return {200: Reply(description, {"type": "object", "properties": properties})}


def _forecast_operation() -> Operation:
    row = {category.value: AMOUNT for category in CATEGORIES}
    row |= {"open_count": {"type": "integer"}, "forecast": AMOUNT}
    return Operation(
        "read_forecast",
        _("Read the forecast of a team"),
        _("Targets and forecast"),
        _answer(_("The team together, the teams below it and its people."), row),
        _("Only people whose opportunities the reader sees count. “forecast” is what was submitted or adjusted, else what is won and committed."),
        (PERIOD, TEAM),
        problems=(400, 404),
    )  # fmt: skip


def _attainment_operation() -> Operation:
    row = {"name": {"type": "string"}, "target": AMOUNT, "reached": AMOUNT, "percent": {"type": ["integer", "null"]}}
    measure = Parameter("measure", _("What is measured."), {"type": "string", "enum": list(Measure.values)})
    return Operation(
        "read_attainment",
        _("Read what is reached of targets"),
        _("Targets and forecast"),
        _answer(
            _("The team together, the teams below it and its people."), row,
            measure={"type": "string"}, is_money={"type": "boolean"},
        ),
        parameters=(PERIOD, TEAM, measure),
        problems=(400, 404),
    )  # fmt: skip


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("GET", "/forecast", read_forecast, _forecast_operation, module=MODULE))
    register_route(Route("GET", "/targets/attainment", read_attainment, _attainment_operation, module=MODULE))
