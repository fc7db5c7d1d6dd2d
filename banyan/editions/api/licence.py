"""The licence for programs: seats, trial, prices, and what the next invoice would be."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.editions.licences.services import agree, standing_of
from banyan.editions.licences.telling import (
    WISHES,
    read_values,
    told_invoice,
    told_licence,
    told_prices,
    wished_invoice,
)

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
DAY: Json = {"type": ["string", "null"], "format": "date"}
AGREED: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "edition": TEXT, "seats": {"type": ["integer", "null"]}, "currency": TEXT, "period": {"enum": ["month", "year"]},
        "starts_on": {"type": "string", "format": "date"}, "trial_ends_on": DAY, "after_trial": {"enum": ["keep", "basic"]},
    },
    "example": {"edition": "standard", "seats": 25, "currency": "CNY"},
}  # fmt: skip
LICENCE: Json = {
    "type": "object",
    "properties": {
        "edition": TEXT, "seats": {"type": "object"}, "currency": TEXT, "period": TEXT, "starts_on": TEXT,
        "trial": {"type": "object"}, "limits_are": {"enum": ["advice"]},
    },
    "required": ["edition", "seats", "currency", "period", "starts_on", "trial", "limits_are"],
}  # fmt: skip
INVOICE: Json = {
    "type": "object",
    "properties": {
        "edition": TEXT, "currency": TEXT, "period": TEXT, "begins": TEXT, "ends": TEXT,
        "lines": {"type": "array", "items": {"type": "object"}}, "total": TEXT,
    },
    "required": ["edition", "currency", "period", "begins", "ends", "lines", "total"],
}  # fmt: skip


def show(call: Call) -> Answer:
    """Answer with the licence as it stands."""
    call.allow_only(())
    require_ability(call.actor, Ability.MANAGE_ORGANIZATION)
    return Answer(told_licence(standing_of(call.actor)))


def change(call: Call) -> Answer:
    """Write down what was agreed."""
    call.allow_only(())
    require_ability(call.actor, Ability.MANAGE_ORGANIZATION)
    agree(call.actor, read_values(call.json()))
    return Answer(told_licence(standing_of(call.actor)))


def look(call: Call) -> Answer:
    """Answer with what the next invoice would be."""
    call.allow_only(WISHES)
    require_ability(call.actor, Ability.MANAGE_ORGANIZATION)
    wish = {name: call.parameter(name) for name in WISHES if call.parameter(name)}
    return Answer(told_invoice(*wished_invoice(call.actor, read_values(wish, WISHES))))


def prices(call: Call) -> Answer:
    """Answer with the price book."""
    call.allow_only(())
    return Answer(told_prices())


def register() -> None:
    """Add the paths."""
    tag = _("Licence")
    register_route(
        Route("GET", "/licence", show, Operation(
            id="show_licence", summary=_("Show the licence"), tag=tag,
            description=_("Seats agreed, used and left, guests, trial. Limits are advice: nothing is ever blocked."),
            replies={200: Reply(_("The licence."), LICENCE)}))
    )  # fmt: skip
    register_route(
        Route("PATCH", "/licence", change, Operation(
            id="agree_licence", summary=_("Write down what was agreed"), tag=tag, body=AGREED, problems=(400, 415, 422),
            replies={200: Reply(_("The licence."), LICENCE)}))
    )  # fmt: skip
    wishes = tuple(Parameter(name, _("As the licence says when left out."), TEXT) for name in WISHES)
    register_route(
        Route("GET", "/licence/invoice", look, Operation(
            id="preview_licence_invoice", summary=_("Say what the next invoice would be"), tag=tag, parameters=wishes,
            problems=(400, 422), replies={200: Reply(_("The invoice."), INVOICE)}))
    )  # fmt: skip
    register_route(
        Route("GET", "/licence/prices", prices, Operation(
            id="show_prices", summary=_("Show the price book"), tag=tag,
            replies={200: Reply(_("Prices of a seat and month."), {"type": "object"})}))
    )  # fmt: skip
