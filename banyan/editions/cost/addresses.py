"""Scenarios as addresses: a link to the cost page holds the whole scenario, so that it can be shared without an account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from banyan.editions.cost.files import DECIMAL, FLAGS, PREFIX, WHOLE, WORDS, scenario_from, values_of
from banyan.editions.cost.loading import known_offers
from banyan.editions.cost.mixtures import beyond
from banyan.editions.cost.scenario import SHARES, Scenario

PATH = "/cost"
AUTOMATIC = "auto"
PLAIN = WHOLE | DECIMAL | FLAGS | WORDS
RATE, OFFER, TRAINED, MODULE = "rate_", "o_", "t_", "m_"
#: Offers and departments of one's own are numbered.
OWN = "own_"
OFFER_FIELDS = ("name", "price", "currency", "date", "source")
GROUP_FIELDS = ("department", "people", "depth")
_OFFER = re.compile(rf"{OFFER}(?P<key>\w+)_(?P<field>{'|'.join(OFFER_FIELDS)})")
_GROUP = re.compile(rf"{TRAINED}(?P<place>\d{{1,2}})_(?P<field>{'|'.join(GROUP_FIELDS)})")


def address_of(scenario: Scenario) -> str:
    """Return the address of a scenario, without the host."""
    return f"{PATH}?{query_of(scenario)}"


def query_of(scenario: Scenario) -> str:
    """Return a scenario as the query of an address.

    What is usual for the size is left out, so that it follows when somebody opens the address and changes the headcount.
    """
    return urlencode(dict(_pairs(scenario)))


def values_in(sent: Mapping[str, str]) -> dict[str, Any]:
    """Return what an address says as values of a scenario (``files.scenario_from``); what is empty is left out.

    Shares of growth and discount stand in addresses as percents.
    """
    given = {name: text.strip() for name, text in sent.items() if text.strip()}
    found: dict[str, Any] = {name: text for name, text in given.items() if name in PLAIN and text != AUTOMATIC}
    for name in SHARES & found.keys():
        found[name] = _share(found[name])
    # An assumption that does not exist any more is refused later: left out, it would make another total.
    ranges = {name.removeprefix(PREFIX): _numbers(text) for name, text in given.items() if name.startswith(PREFIX)}
    rates = {name.removeprefix(RATE): text for name, text in given.items() if name.startswith(RATE)}
    chosen = [name.removeprefix(MODULE) for name, text in given.items() if name.startswith(MODULE) and text != "0"]
    parts = {
        "modules": chosen,
        "assumptions": ranges,
        "rates": rates,
        "trained": _groups(given),
        "offers": _offers(given),
    }
    return {**found, **{name: part for name, part in parts.items() if part}}


def _pairs(scenario: Scenario) -> Iterator[tuple[str, str]]:
    values = values_of(scenario)
    usual = scenario_from({"headcount": scenario.headcount})
    usual_values = values_of(usual)
    for name in sorted(PLAIN, key=lambda name: (name != "headcount", name)):
        text = _plain(scenario, name, values[name])
        if name == "headcount" or (text and text != _plain(usual, name, usual_values[name])):
            yield name, text
    for key, numbers in values["assumptions"].items():
        yield f"{PREFIX}{key}", ",".join(numbers if len(set(numbers)) > 1 else numbers[:1])
    yield from ((f"{MODULE}{name}", "1") for name in beyond(scenario.edition, scenario.modules))
    for currency, rate in values["rates"].items():
        yield f"{RATE}{currency}", rate
    for place, group in enumerate(values["trained"], 1):
        yield from ((f"{TRAINED}{place}_{name}", str(group[name])) for name in GROUP_FIELDS)
    for offer in values["offers"]:
        known = (name for name in OFFER_FIELDS if offer[name] is not None)
        yield from ((f"{OFFER}{offer['key']}_{name}", str(offer[name])) for name in known)


def _plain(scenario: Scenario, name: str, value: Any) -> str:
    if name in FLAGS:
        return "1" if value else "0"
    if name in SHARES:
        return _short(getattr(scenario, name) * 100)
    return "" if value is None else str(value)


def _groups(given: Mapping[str, str]) -> list[dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for name, text in given.items():
        if match := _GROUP.fullmatch(name):
            found.setdefault(int(match["place"]), {})[match["field"]] = text
    return [{"depth": "normal", **group} for _place, group in sorted(found.items()) if "people" in group]


def _offers(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the offers that differ from those that come along, and those of one's own that have a name."""
    found: dict[str, dict[str, Any]] = {}
    for name, text in given.items():
        if match := _OFFER.fullmatch(name):
            found.setdefault(match["key"], {})[match["field"]] = text
    offers = []
    for key, sent in found.items():
        known = known_offers().get(key)
        if known is None:
            if sent.keys() & {"name", "price"}:
                offers.append({"name": "", **sent, "key": key})
            continue
        usual = {
            "name": known.name,
            "price": None if known.price is None else str(known.price),
            "currency": known.currency,
            "date": known.day.isoformat() if known.day else None,
            "source": known.source,
        }
        merged = {**usual, **sent}
        if merged != usual:
            offers.append({**merged, "key": key})
    return offers


def _numbers(text: str) -> list[str]:
    numbers = [part.strip() for part in text.replace("，", ",").split(",")]
    return numbers * 3 if len(numbers) == 1 else numbers


def _share(text: str) -> str:
    """Return a percent as a share; what is no number is left for the reading to refuse."""
    try:
        return _short(Decimal(text) / 100)
    except InvalidOperation:
        return text


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"
