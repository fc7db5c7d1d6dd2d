"""The REST interface of money: exchange rates to read and to enter, tax rates to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.money.models import ExchangeRate
from banyan.money.queries import tax_rates
from banyan.money.references import CURRENCIES_MODULE, TAXES_MODULE
from banyan.money.services.rates import NewRate, enter_rates, plain

Json = dict[str, Any]
CODE: Json = {"type": "string", "pattern": "^[A-Z]{3}$"}
DAY: Json = {"type": "string", "format": "date"}
NUMBER: Json = {"type": "string", "pattern": r"^\d+(\.\d+)?$"}
MOST = 1_000
MEMBERS = ("currency", "day", "rate", "source")


def list_rates(call: Call) -> Answer:
    """Answer with the latest rate of each currency on or before a day, or with all the rates of one currency."""
    call.allow_only(("currency", "on"))
    currency, asked = call.parameter("currency"), call.parameter("on")
    day = _day(asked) if asked else None
    rows = ExchangeRate.objects.filter(base=call.actor.organization.currency)
    if currency:
        rows = rows.filter(currency=currency)
    if day is not None or not currency:
        rows = rows.filter(day__lte=day or today(call.actor.time_zone))
        rows = rows.order_by("currency", "-day").distinct("currency")
    else:
        rows = rows.order_by("-day")
    items = [
        {"currency": row.currency, "day": row.day.isoformat(), "rate": plain(row.rate), "source": row.source}
        for row in rows[:MOST]
    ]
    return Answer({"base": call.actor.organization.currency, "items": items})


def post_rates(call: Call) -> Answer:
    """Enter rates: all of them, or none."""
    call.allow_only(())
    body = call.json()
    given = body.get("rates")
    if set(body) != {"rates"} or not isinstance(given, list) or not 1 <= len(given) <= MOST:
        message = _("Send {“rates”: […]} with 1 to %(most)s rates.") % {"most": MOST}
        raise Invalid([FieldError("rates", "bad_value", message)])
    entered = enter_rates(call.actor, [_read(entry, index) for index, entry in enumerate(given)])
    return Answer({"added": entered.added, "replaced": entered.replaced})


def list_taxes(call: Call) -> Answer:
    """Answer with the tax rates in use on a day."""
    call.allow_only(("country", "on"))
    day = _day(call.parameter("on")) if call.parameter("on") else today(call.actor.time_zone)
    items = [
        {
            "id": str(row.pk), "name": row.name, "rate": plain(row.rate), "country": row.country,
            "is_default": row.is_default, "valid_from": row.valid_from and row.valid_from.isoformat(),
            "valid_to": row.valid_to and row.valid_to.isoformat(),
        }
        for row in tax_rates(call.actor.organization, day, country=call.parameter("country"))
    ]  # fmt: skip
    return Answer({"items": items})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = _("Write the day like 2026-11-30.")
        raise BadParameters([FieldError("on", "not_a_date", message)]) from None


def _read(entry: Any, index: int) -> NewRate:
    place = f"rates.{index}"
    if not isinstance(entry, dict) or set(entry) - set(MEMBERS) or not {"currency", "day", "rate"} <= set(entry):
        message = _("A rate has the members “currency”, “day”, “rate” and perhaps “source”.")
        raise Invalid([FieldError(place, "bad_value", message)])
    try:
        day = date.fromisoformat(str(entry["day"]))
    except ValueError:
        raise Invalid([FieldError(f"{place}.day", "not_a_date", _("Write the day like 2026-11-30."))]) from None
    try:
        if isinstance(entry["rate"], bool):
            raise InvalidOperation  # noqa: TRY301 true is a number to Python alone
        rate = Decimal(str(entry["rate"]))
    except InvalidOperation:
        raise Invalid([FieldError(f"{place}.rate", "not_number", _("This must be a number."))]) from None
    if not isinstance(entry["currency"], str) or not isinstance(entry.get("source", ""), str):
        raise Invalid([FieldError(f"{place}.currency", "bad_value", _("This must be a text."))])
    return NewRate(entry["currency"], day, rate, entry.get("source", ""))


def _items(properties: Mapping[str, Any], **further: Any) -> Json:
    item = {"type": "object", "properties": dict(properties), "required": list(properties)}
    return {
        "type": "object",
        "properties": {"items": {"type": "array", "items": item}, **further},
        "required": ["items", *further],
    }


def _list_operation() -> Operation:
    shown = {"currency": CODE, "day": DAY, "rate": NUMBER, "source": {"type": "string"}}
    return Operation(
        id="list_exchange_rates",
        summary=_("List exchange rates"),
        description=_(
            "The latest rate of each currency on or before a day; with a currency and no day, all its rates. A rate is"
            " what one unit is worth in “base”."
        ),
        tag=_("Currencies"),
        parameters=(
            Parameter("currency", _("Only this currency."), CODE),
            Parameter("on", _("The rates that count on this day; today when left out."), DAY),
        ),
        replies={200: Reply(_("The rates."), _items(shown, base=CODE))},
        problems=(400,),
    )


def _post_operation() -> Operation:
    rate: Json = {
        "type": "object",
        "properties": {
            "currency": CODE, "day": DAY, "rate": {"type": ["string", "number"]},
            "source": {"type": "string", "maxLength": 120},
        },
        "required": ["currency", "day", "rate"],
        "additionalProperties": False,
    }  # fmt: skip
    count: Json = {"type": "integer"}
    return Operation(
        id="enter_exchange_rates",
        summary=_("Enter exchange rates"),
        description=_("A rate of the same currency and day is replaced. All of them are entered, or none."),
        tag=_("Currencies"),
        body={
            "type": "object",
            "properties": {"rates": {"type": "array", "items": rate, "minItems": 1, "maxItems": MOST}},
            "required": ["rates"],
            "additionalProperties": False,
        },
        replies={
            200: Reply(
                _("How many are new, and how many were replaced."),
                {
                    "type": "object",
                    "properties": {"added": count, "replaced": count},
                    "required": ["added", "replaced"],
                },
            )
        },
        problems=(400, 403, 409, 413, 415, 422),
    )


def _tax_operation() -> Operation:
    maybe_day: Json = {"type": ["string", "null"], "format": "date"}
    shown = {
        "id": {"type": "string", "format": "uuid"}, "name": {"type": "string"}, "rate": NUMBER,
        "country": {"type": "string"}, "is_default": {"type": "boolean"}, "valid_from": maybe_day, "valid_to": maybe_day,
    }  # fmt: skip
    return Operation(
        id="list_tax_rates",
        summary=_("List tax rates"),
        tag=_("Taxes"),
        parameters=(
            Parameter("country", _("Only those of this country."), {"type": "string", "pattern": "^[A-Z]{2}$"}),
            Parameter("on", _("Those in use on this day; today when left out."), DAY),
        ),
        replies={200: Reply(_("The tax rates."), _items(shown))},
        problems=(400,),
    )


def register() -> None:
    """Add the paths."""
    register_route(Route("GET", "/exchange-rates", list_rates, _list_operation, module=CURRENCIES_MODULE))
    register_route(Route("POST", "/exchange-rates", post_rates, _post_operation, module=CURRENCIES_MODULE))
    register_route(Route("GET", "/tax-rates", list_taxes, _tax_operation, module=TAXES_MODULE))
