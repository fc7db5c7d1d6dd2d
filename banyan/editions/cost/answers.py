"""Estimates as they are told: in a currency, as the documents of the command line and the interface."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.editions.cost.loading import EDITIONS, Bracket, assumptions, currency_rates, measured, price_book
from banyan.editions.cost.model import (
    Estimate,
    Scenario,
    average,
    cents,
    costs,
    estimate,
    means,
    ranges_of,
    recommended_edition,
    typical,
)


def scenario_of(headcount: int, *, edition: str = "", **given: Any) -> Scenario:
    """Return the scenario of a company: what is not given is as usual for its size, the edition the smallest that serves.

    Raises ``Invalid`` with what is wrong about the numbers.
    """
    if edition and edition not in EDITIONS:
        message = _("There is no edition “%(name)s”; there are %(known)s.")
        raise Invalid([FieldError("edition", "unknown", message % {"name": edition, "known": ", ".join(EDITIONS)})])
    try:
        usual = typical(max(1, headcount))
        chosen = edition or recommended_edition(headcount)
        return Scenario(headcount=headcount, edition=chosen, **{**usual, **given})
    except ValueError as problem:
        name, _colon, message = str(problem).partition(": ")
        raise Invalid([FieldError(name, "out_of_range", message)]) from None


def answer(scenario: Scenario, currency: str = "CNY") -> dict[str, Any]:
    """Return an estimate as a document whose amounts are texts, so that no decimal is lost."""
    found = estimate_in(scenario, currency)
    return {
        "edition": scenario.edition,
        "currency": currency,
        "headcount": scenario.headcount,
        "hosting": scenario.hosting,
        "years": scenario.years,
        "total_per_year": {name: float(getattr(found, name)) for name in ("low", "likely", "high")},
        "parts": {name: float(amount) for name, amount in found.per_year.items()},
        "totals": [float(amount) for amount in found.totals],
        "present_value": float(found.present_value),
    }


def estimate_in(scenario: Scenario, currency: str) -> Estimate:
    """Return an estimate in a currency; ``Invalid`` where no rate is known.

    Licences have prices of their own in each currency; everything else is estimated in the currency of the
    assumptions and converted.
    """
    rate = currency_rates().get(currency)
    if rate is None:
        known = ", ".join(currency_rates())
        message = _("There is no rate for “%(currency)s”; there are rates for %(known)s.")
        raise Invalid([FieldError("currency", "no_rate", message % {"currency": currency, "known": known})])
    brackets = tuple(
        Bracket(bracket.upto, bracket.price / rate) for bracket in price_book()[scenario.edition][currency]
    )
    return converted(estimate(scenario, assumptions(), brackets, measured()), rate)


def converted(found: Estimate, rate: Decimal) -> Estimate:
    """Return an estimate in another currency; parts are converted one by one, so that they still sum to the whole."""
    parts = {name: [cents(amount * rate) for amount in amounts] for name, amounts in found.parts.items()}
    likely = average(parts)
    return replace(
        found,
        parts=parts,
        low=min(cents(found.low * rate), likely),
        likely=likely,
        high=max(cents(found.high * rate), likely),
        present_value=cents(found.present_value * rate),
    )


def average_of(scenario: Scenario, currency: str) -> Decimal:
    """Return what an average year of a scenario costs, without its range: quick enough for curves."""
    rate = currency_rates()[currency]
    brackets = tuple(
        Bracket(bracket.upto, bracket.price / rate) for bracket in price_book()[scenario.edition][currency]
    )
    found = costs(scenario, means(ranges_of(scenario, assumptions())), brackets, measured())
    parts = {name: [cents(amount * rate) for amount in amounts] for name, amounts in found.items()}
    return average(parts)
