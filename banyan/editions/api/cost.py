"""The cost model in the REST interface: a typical company by headcount, any scenario as a document, and kept scenarios."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.editions.cost.answers import answer, comparison
from banyan.editions.cost.files import from_document, scenario_from, values_of
from banyan.editions.cost.loading import EDITIONS, all_assumptions
from banyan.editions.cost.scenario import DIRT, HOSTING, MOST_HEADS, MOST_YEARS, TRAINING_HOURS

Json = dict[str, Any]
AMOUNTS: Json = {"type": "object", "additionalProperties": {"type": "number"}}
RANGE: Json = {
    "type": "object",
    "properties": {name: {"type": "number"} for name in ("low", "likely", "high")},
    "required": ["low", "likely", "high"],
}
NUMBER: Json = {"oneOf": [{"type": "string"}, {"type": "number"}]}
SCENARIO: Json = {
    "type": "object",
    "required": ["headcount"],
    "additionalProperties": False,
    "properties": {
        "headcount": {"type": "integer", "minimum": 1, "maximum": MOST_HEADS},
        "edition": {"type": "string", "enum": list(EDITIONS)},
        "years": {"type": "integer", "minimum": 1, "maximum": MOST_YEARS},
        "growth": NUMBER,
        "discount": NUMBER,
        "hosting": {"type": "string", "enum": list(HOSTING)},
        **{name: {"type": "integer", "minimum": 0}
           for name in ("departments", "integrations", "customers", "migrated", "sources", "replaced")},
        "training": {"type": "string", "enum": list(TRAINING_HOURS)},
        "dirt": {"type": "string", "enum": list(DIRT)},
        "has_failover": {"type": "boolean"},
        "requests": NUMBER,
        "revenue": {"oneOf": [*NUMBER["oneOf"], {"type": "null"}]},
        "currency": {"type": "string"},
        "name": {"type": "string"},
        "assumptions": {"type": "object", "additionalProperties": {"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3}},
        "rates": {"type": "object", "additionalProperties": NUMBER},
        "modules": {"type": "array", "items": {"type": "string"}},
        "trained": {"type": "array", "items": {"type": "object", "properties": {
            "department": {"type": "string"}, "people": {"type": "integer", "minimum": 1},
            "depth": {"type": "string", "enum": list(TRAINING_HOURS)}}}},
        "offers": {"type": "array", "items": {"type": "object", "properties": {
            "key": {"type": "string"}, "name": {"type": "string"}, "price": {"oneOf": [*NUMBER["oneOf"], {"type": "null"}]},
            "currency": {"type": "string"}, "date": {"type": ["string", "null"], "format": "date"}, "source": {"type": "string"}}}},
    },
}  # fmt: skip
RESULT: Json = {
    "type": "object",
    "properties": {
        "edition": {"type": "string"},
        "currency": {"type": "string"},
        "headcount": {"type": "integer"},
        "single_modules": {"type": "array", "items": {"type": "string"}},
        "years": {"type": "integer"},
        "total_per_year": RANGE,
        "parts": AMOUNTS,
        "parts_by_year": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "number"}}},
        "one_off": AMOUNTS,
        "present_value": {"type": "number"},
        "benefit": {"type": "object"},
        "unsuitable": {"type": "array", "items": {"type": "object"}},
        "offers": {"type": "array", "items": {"type": "object"}},
        "capacity": {"type": "object"},
        "scenario": SCENARIO,
    },
    "required": ["edition", "currency", "years", "total_per_year", "parts", "scenario"],
}
TYPICAL = ("headcount", "edition", "years", "hosting", "currency")


def typical_cost(call: Call) -> Answer:
    """Answer with what a company of a headcount usually pays."""
    call.allow_only(TYPICAL)
    given: Json = {name: call.parameter(name) for name in TYPICAL if call.parameter(name)}
    if "headcount" not in given:
        raise Invalid([FieldError("headcount", "missing", _("This value is missing."))])
    return _answered(given)


def scenario_cost(call: Call) -> Answer:
    """Answer with what a scenario costs and brings; a whole document of a scenario's file is taken as well."""
    call.allow_only(())
    body = call.json()
    if "scenario" in body or "version" in body:
        found = from_document(body)
        return Answer({**answer(found.scenario), "scenario": values_of(found.scenario)})
    return _answered(body)


def compared_costs(call: Call) -> Answer:
    """Answer with two to four scenarios side by side."""
    call.allow_only(())
    given = call.json().get("scenarios")
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise Invalid([FieldError("scenarios", "wrong_shape", _("Give a list of scenarios."))])
    scenarios = [scenario_from(entry) for entry in given]
    columns = comparison(scenarios)
    currency = columns[0]["currency"]
    items = [{**answer(one, currency), "scenario": values_of(one)} for one in scenarios]
    return Answer({"currency": currency, "items": items})


def _answered(given: Json) -> Answer:
    scenario = scenario_from(given)
    return Answer({**answer(scenario), "scenario": values_of(scenario)})


def _typical() -> Operation:
    return Operation(
        id="cost_typical",
        summary=_("Say what a company of a size pays"),
        description=_("What is not given is as usual for the headcount, and the edition the smallest that serves. Each assumption says where it comes from on the cost page."),
        tag=_("Cost"),
        parameters=(
            Parameter("headcount", _("How many people the company has."), {"type": "integer", "minimum": 1, "maximum": MOST_HEADS}),
            Parameter("edition", _("The edition; the smallest that serves without it."), {"type": "string", "enum": list(EDITIONS)}),
            Parameter("years", _("How many years are looked at."), {"type": "integer", "minimum": 1, "maximum": MOST_YEARS}),
            Parameter("hosting", _("Hosted by us, or on servers of one's own."), {"type": "string", "enum": list(HOSTING)}),
            Parameter("currency", _("The currency of the amounts."), {"type": "string"}),
        ),
        problems=(400, 422),
        replies={200: Reply(_("What it costs and brings."), RESULT)},
    )  # fmt: skip


def _scenario() -> Operation:
    known = ", ".join(all_assumptions())
    return Operation(
        id="cost_scenario",
        summary=_("Work out a scenario"),
        description=_("Shares are parts of one, amounts CNY, and an assumption is its low, likely and high value: %(known)s. The file of a scenario is taken as well.")
        % {"known": known},
        tag=_("Cost"),
        body=SCENARIO,
        problems=(400, 422),
        replies={200: Reply(_("What it costs and brings."), RESULT)},
    )  # fmt: skip


def _compared() -> Operation:
    return Operation(
        id="cost_compare",
        summary=_("Compare two to four scenarios"),
        tag=_("Cost"),
        body={"type": "object", "required": ["scenarios"],
              "properties": {"scenarios": {"type": "array", "minItems": 2, "maxItems": 4, "items": SCENARIO}}},
        problems=(400, 422),
        replies={200: Reply(_("The scenarios, in the currency of the first."), {
            "type": "object",
            "properties": {"currency": {"type": "string"}, "items": {"type": "array", "items": RESULT}},
            "required": ["currency", "items"],
        })},
    )  # fmt: skip


def register() -> None:
    """Add the paths of the cost model."""
    register_route(Route("GET", "/cost", typical_cost, _typical))
    register_route(Route("POST", "/cost", scenario_cost, _scenario))
    register_route(Route("POST", "/cost/compare", compared_costs, _compared))
