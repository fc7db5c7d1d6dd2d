"""Prices in the REST interface: what a product costs a customer, and where that comes from."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.products.preparation import MOST_QUANTITY
from banyan.products.pricing import PriceQuestion, prices_of
from banyan.products.references import PRODUCTS

Json = dict[str, Any]
PATH = "/products/{id}/price"
MAYBE_NUMBER: Json = {"type": ["string", "null"]}
ANSWER: Json = {
    "type": "object",
    "properties": {
        "unit": {"type": "string"}, "unit_price": MAYBE_NUMBER, "tax_rate": MAYBE_NUMBER,
        "source": {"type": "string"}, "problem": {"type": "string"},
    },
    "required": ["unit", "unit_price", "tax_rate", "source", "problem"],
}  # fmt: skip


def show_price(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the price of a product for a customer, a quantity, a currency and a day."""
    call.allow_only(("customer", "quantity", "unit", "currency", "on"))
    fetch_row(call.actor, call.spec("products"), id, columns=("version",))
    customer = parse_id(call.parameter("customer")) if call.parameter("customer") else None
    if call.parameter("customer"):
        if customer is None:
            raise _bad("customer", _("This is no id of a record."))
        fetch_row(call.actor, call.spec("customers"), customer, columns=("version",))
    question = PriceQuestion(
        id, _quantity(call), customer, call.parameter("currency")[:3].upper(), _day(call), call.parameter("unit")[:20]
    )
    (price,) = prices_of(call.actor.organization, [question])
    if price is None:
        raise _bad("id", _("This record does not exist, or you may not see it."))
    return Answer(
        {
            "unit": price.unit, "unit_price": _text(price.unit_price), "tax_rate": _text(price.tax_rate),
            "source": price.source, "problem": price.problem,
        }
    )  # fmt: skip


def _quantity(call: Call) -> Decimal:
    text = call.parameter("quantity") or "1"
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or not 0 < number <= MOST_QUANTITY:
        raise _bad("quantity", _("A quantity is more than 0 and at most 1,000,000,000."))
    return number


def _day(call: Call) -> date | None:
    if not call.parameter("on"):
        return None
    try:
        return date.fromisoformat(call.parameter("on"))
    except ValueError:
        raise _bad("on", _("Write the day like 2026-11-30.")) from None


def _bad(name: str, message: str) -> BadParameters:
    return BadParameters([FieldError(name, "bad_value", message)])


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _operation() -> Operation:
    text: Json = {"type": "string"}
    return Operation(
        id="product_price",
        summary=_("Ask what a product costs"),
        description=_(
            "Price books come before the product's own price; another currency is converted at the rate of the day."
            " Without a price, “problem” says why, if there is a reason."
        ),
        tag=_("Products"),
        parameters=(
            Parameter("customer", _("For this customer."), {"type": "string", "format": "uuid"}),
            Parameter("quantity", _("For so many; 1 when left out."), text),
            Parameter("unit", _("In this unit; the product's own when left out."), text),
            Parameter("currency", _("In this currency; the organization's when left out."), text),
            Parameter("on", _("On this day; today when left out."), {"type": "string", "format": "date"}),
        ),
        problems=(400, 404),
        replies={200: Reply(_("The price, and where it comes from."), ANSWER)},
    )


def register() -> None:
    """Add the path."""
    register_route(Route("GET", PATH, show_price, _operation, module=PRODUCTS))
