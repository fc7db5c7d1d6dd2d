"""What the cost model answers: the functions that pages, papers, the interface, the command line and the adviser call.

Everything takes a ``Scenario`` and speaks in its currency (or the one named). Amounts are decimals.

- ``scenario_of(headcount, edition=..., **given)``: a company; what is not given is as usual for its size.
- ``estimate_in(scenario, currency)``: the cost: ``parts`` by year, ``totals``, ``one_off``, ``running``, ``per_year``,
  ``low``/``likely``/``high`` of an average year, ``present_value``.
- ``benefit_of(scenario, currency)``: the benefit: ``gains`` by key, ``net_present_value`` with its range, ``rate`` (internal
  rate of return), ``payback_months``, ``chance`` that it pays.
- ``misfits_of(scenario, currency)``: what the next smaller and the next larger edition cost too much where the recommended
  one would fit.
- ``comparison(scenarios)``: two to four scenarios side by side, in the currency of the first.
- ``offers_of(scenario, currency)``: list prices of other vendors beside ours, with day, source and what to check.
- ``capacity_of(scenario)``: servers for one machine and for a cluster, with what they rest on and what is not known.
- ``average_of(scenario, currency)``: an average year without its range, quick.
- ``answer(scenario, currency)``: all of it as a document for programs.
- ``formula_text(formula, scenario)``: a formula as people read it, with and without its figures.

Charts are data for ``components/figures.html``: see ``charts``. Labels of parts and editions are in ``editions.choices``,
those of benefits, misfits and assumptions in the files (``wording.word``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Invalid
from banyan.editions.cost.benefit import Benefit, Gain, Misfit, benefit, factors, facts_of, misfit
from banyan.editions.cost.capacity import Capacity, Demand, plan
from banyan.editions.cost.loading import (
    EDITIONS,
    Bracket,
    all_assumptions,
    assumptions,
    benefit_assumptions,
    benefits,
    currency_rates,
    dates,
    fact_labels,
    known_offers,
    measured,
    misfits,
    offer_remarks,
    price_book,
)
from banyan.editions.cost.mixtures import beyond, paid_singly, surcharge
from banyan.editions.cost.model import (
    Driver,
    Estimate,
    average,
    cents,
    costs,
    drivers,
    estimate,
    means,
    ranges_of,
    recommended_edition,
    typical,
    users_by_year,
)
from banyan.editions.cost.scenario import Complaint, Impossible, Offer, Range, Scenario
from banyan.editions.cost.wording import invalid, word

LEAST_COMPARED, MOST_COMPARED = 2, 4


@dataclass(frozen=True)
class OfferAnswer:
    """A vendor's price beside ours: a licence year for all users, and all years with the same rise of prices.

    Without a price, or without a rate for its currency, both are None; ``remark`` says what to do about it.
    """

    offer: Offer
    year: Decimal | None
    years: Decimal | None
    remark: str


@dataclass(frozen=True)
class CapacityAnswer:
    """Servers for a scenario in the year with most users."""

    users: int
    single: Capacity
    cluster: Capacity
    day: str
    machine: str
    unknown: list[str]


def scenario_of(headcount: int, *, edition: str = "", **given: Any) -> Scenario:
    """Return the scenario of a company: what is not given is as usual for its size, the edition the smallest that serves.

    Raises ``Invalid`` with what is wrong about the numbers.
    """
    if edition and edition not in EDITIONS:
        raise invalid([Complaint("edition", "no_edition", {"name": edition, "known": ", ".join(EDITIONS)})])
    try:
        usual = usual_for(headcount, given)
        chosen = edition or recommended_edition(headcount)
        return Scenario(headcount=headcount, edition=chosen, **{**usual, **given})
    except Impossible as problem:
        raise invalid(problem) from None


def usual_for(headcount: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is usual for a size and does not contradict what was given."""
    usual = typical(max(1, headcount))
    if "sources" in given and "migrated" not in given and not given["sources"]:
        usual["migrated"] = 0
    if "customers" in given:
        usual["migrated"] = min(usual["migrated"], max(0, given["customers"]))
    elif "migrated" in given:
        usual["customers"] = max(usual["customers"], given["migrated"])
    usual["departments"] = min(usual["departments"], max(1, headcount))
    return usual


def estimate_in(scenario: Scenario, currency: str = "") -> Estimate:
    """Return an estimate in a currency; ``Invalid`` where no rate is known.

    Licences have prices of their own in each currency of the price book; everything else is estimated in the currency of
    the assumptions and converted.
    """
    rate = rate_of(scenario, currency)
    return converted(estimate(scenario, assumptions(), brackets_of(scenario, currency), measured()), rate)


def rate_of(scenario: Scenario, currency: str = "") -> Decimal:
    """Return how many units of a currency one CNY is, the scenario's own rate first; ``Invalid`` where none is known."""
    code = currency or scenario.currency
    known = {**currency_rates(), **scenario.rates}
    if code not in known:
        raise invalid([Complaint("currency", "no_rate", {"currency": code, "known": ", ".join(known)})])
    return known[code]


def brackets_of(scenario: Scenario, currency: str = "", edition: str = "") -> tuple[Bracket, ...]:
    """Return the licence's prices in CNY: those of the currency if the price book has it, so that they stay exact.

    Modules of the scenario that the edition lacks are part of the price of each user.
    """
    code = currency or scenario.currency
    rate = rate_of(scenario, code)
    chosen = edition or scenario.edition
    prices = price_book()[chosen]
    if code not in prices:
        code, rate = "CNY", Decimal(1)
    more, singles = surcharge(chosen, scenario.modules, code), len(paid_singly(chosen, scenario.modules))
    return tuple(Bracket(bracket.upto, (bracket.price + more) / rate, singles) for bracket in prices[code])


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


def parts_of(scenario: Scenario, currency: str = "") -> dict[str, Decimal]:
    """Return what each part costs in an average year, without ranges: quick enough for curves."""
    rate = rate_of(scenario, currency)
    numbers = means(ranges_of(scenario, assumptions()))
    found = costs(scenario, numbers, brackets_of(scenario, currency), measured())
    return {
        name: cents(sum((cents(amount * rate) for amount in amounts), Decimal(0)) / scenario.years)
        for name, amounts in found.items()
    }


def average_of(scenario: Scenario, currency: str = "") -> Decimal:
    """Return what an average year of a scenario costs, without its range."""
    return sum(parts_of(scenario, currency).values(), Decimal(0))


def drivers_of(scenario: Scenario, currency: str = "") -> list[Driver]:
    """Return what the total of a year hinges on, the strongest first."""
    rate = rate_of(scenario, currency)
    found = drivers(scenario, assumptions(), brackets_of(scenario, currency), measured())
    return [Driver(one.key, cents(one.at_low * rate), cents(one.at_high * rate)) for one in found]


def benefit_of(scenario: Scenario, currency: str = "") -> Benefit:
    """Return what a scenario brings against what it costs."""
    rate = rate_of(scenario, currency)
    known = (ranges_of(scenario, assumptions()), ranges_of(scenario, benefit_assumptions()))
    found = benefit(scenario, known, benefits(), brackets_of(scenario, currency), measured())
    gains = {
        key: Gain(key, [cents(amount * rate) for amount in gain.years], cents(gain.low * rate), cents(gain.high * rate))
        for key, gain in found.gains.items()
    }
    likely = sum((gain.per_year for gain in gains.values()), Decimal(0))
    return replace(
        found,
        gains=gains,
        low=min(cents(found.low * rate), likely),
        likely=likely,
        high=max(cents(found.high * rate), likely),
        flows=[cents(flow * rate) for flow in found.flows],
        net_present_value=cents(found.net_present_value * rate),
        net_low=cents(found.net_low * rate),
        net_high=cents(found.net_high * rate),
    )


def misfits_of(scenario: Scenario, currency: str = "", fitting: str = "") -> list[Misfit]:
    """Return what the next smaller and the next larger edition than the fitting one cost too much.

    The fitting one is what the headcount recommends, unless it is named.
    """
    fits = fitting or recommended_edition(scenario.headcount)
    place = EDITIONS.index(fits)
    return [
        _misfit(replace(scenario, edition=edition), fits, currency)
        for edition in EDITIONS[max(0, place - 1) : place + 2]
        if edition != fits
    ]


def _misfit(scenario: Scenario, fitting: str, currency: str) -> Misfit:
    rate = rate_of(scenario, currency)
    pair = [edition for edition in EDITIONS if edition in {scenario.edition, fitting}]
    known = {
        edition: (
            ranges_of(replace(scenario, edition=edition), all_assumptions()),
            brackets_of(scenario, currency, edition),
        )
        for edition in pair
    }
    found = misfit(scenario, fitting, known, misfits(), measured())
    items = {key: cents(amount * rate) for key, amount in found.items.items()}
    total = sum(items.values(), Decimal(0))
    return replace(
        found,
        items=items,
        saved=cents(found.saved * rate),
        low=min(cents(found.low * rate), total),
        high=max(cents(found.high * rate), total),
    )


def offers_in(scenario: Scenario) -> list[Offer]:
    """Return the known offers with what the scenario says better, and its own."""
    return list({**known_offers(), **{offer.key: offer for offer in scenario.offers}}.values())


def offers_of(scenario: Scenario, currency: str = "") -> list[OfferAnswer]:
    """Return the licence of other vendors for the same users and years, in a currency."""
    numbers = means(ranges_of(scenario, assumptions()))
    users = users_by_year(scenario, numbers)
    rise = [(1 + numbers["price_rise"]) ** year for year in range(scenario.years)]
    rates = {**currency_rates(), **scenario.rates}
    target = rate_of(scenario, currency)
    remark, unknown = map(word, offer_remarks())
    found = []
    for offer in offers_in(scenario):
        if offer.price is None:
            found.append(OfferAnswer(offer, None, None, unknown))
        elif offer.currency not in rates:
            message = _("There is no rate for %(currency)s; give one of your own.") % {"currency": offer.currency}
            found.append(OfferAnswer(offer, None, None, message))
        else:
            month = offer.price / rates[offer.currency] * target
            years = sum((12 * month * count * price for count, price in zip(users, rise, strict=True)), Decimal(0))
            is_own = known_offers().get(offer.key) != offer
            found.append(OfferAnswer(offer, cents(12 * month * users[0]), cents(years), "" if is_own else remark))
    return found


def capacity_of(scenario: Scenario) -> CapacityAnswer:
    """Return the servers for the year with most users, on one machine and on a cluster that bears the loss of a node."""
    numbers = means(ranges_of(scenario, assumptions()))
    users = max(1, *(-(-count // 1) for count in users_by_year(scenario, numbers)))
    figures = measured()
    demand = Demand(int(users), scenario.customers, float(scenario.requests))
    return CapacityAnswer(
        users=int(users),
        single=plan(demand, figures),
        cluster=plan(replace(demand, has_failover=True), figures),
        day=str(figures["date"]),
        machine=word(figures["machine"]),
        unknown=[
            _("How large attached files are: add their size to the storage."),
            _("Mail, calls and chat, and what other programs ask through the interface."),
            _("Reports over everything at the same time, and imports during working hours."),
            _("How fast your machines and disks are against the one measured."),
        ],
    )


def comparison(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """Return two to four scenarios side by side, in the currency of the first; ``Invalid`` for fewer or more."""
    if not LEAST_COMPARED <= len(scenarios) <= MOST_COMPARED:
        raise invalid([Complaint("scenarios", "outside", {"least": LEAST_COMPARED, "most": MOST_COMPARED})])
    currency = scenarios[0].currency
    return [
        {
            "scenario": one,
            "currency": currency,
            "cost": estimate_in(one, currency),
            "benefit": benefit_of(one, currency),
        }
        for one in scenarios
    ]


def formula_text(formula: str, scenario: Scenario) -> tuple[str, str]:
    """Return a formula in words, and with the figures of a full first year (each assumption at its mean)."""
    known = all_assumptions()
    numbers = means(ranges_of(scenario, known))
    facts = facts_of(scenario, numbers)[0]
    words, figures = [], []
    for place, (sign, name) in enumerate(factors(formula)):
        mark = "" if not place else " × " if sign == "*" else " ÷ "
        label = (
            word(known[name].labels) if name in known else word(fact_labels()[name]) if name in fact_labels() else name
        )
        value = {**numbers, **facts}.get(name)
        words.append(mark + label)
        figures.append(mark + (label if value is None else _figure(value) if name != label else name))
    return "".join(words), "".join(figures)


def _figure(value: Decimal) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if value else "0"


def answer(scenario: Scenario, currency: str = "") -> dict[str, Any]:
    """Return everything about a scenario as a document for programs."""
    code = currency or scenario.currency
    found, gained = estimate_in(scenario, code), benefit_of(scenario, code)
    needed = capacity_of(scenario)
    return {
        "edition": scenario.edition,
        "currency": code,
        "headcount": scenario.headcount,
        "single_modules": list(beyond(scenario.edition, scenario.modules)),
        "hosting": scenario.hosting,
        "years": scenario.years,
        "total_per_year": {name: float(getattr(found, name)) for name in ("low", "likely", "high")},
        "parts": {name: float(amount) for name, amount in found.per_year.items()},
        "parts_by_year": {name: [float(amount) for amount in amounts] for name, amounts in found.parts.items()},
        "one_off": {name: float(amount) for name, amount in found.one_off.items()},
        "running": [float(amount) for amount in found.running],
        "totals": [float(amount) for amount in found.totals],
        "present_value": float(found.present_value),
        "drivers": [
            {"assumption": one.key, "at_low": float(one.at_low), "at_high": float(one.at_high)}
            for one in drivers_of(scenario, code)[:8]
        ],
        "benefit": _benefit_document(gained),
        "unsuitable": [
            {
                "edition": one.edition,
                "kind": one.kind,
                "items": {key: float(amount) for key, amount in one.items.items()},
                "total": float(one.total),
                "saved": float(one.saved),
                "net": float(one.net),
                "low": float(one.low),
                "high": float(one.high),
            }
            for one in misfits_of(scenario, code)
        ],
        "offers": [_offer_document(one) for one in offers_of(scenario, code)],
        "capacity": {
            "users": needed.users,
            "single": dict(needed.single.__dict__),
            "cluster": dict(needed.cluster.__dict__),
            "measured_on": needed.day,
            "machine": needed.machine,
            "unknown": needed.unknown,
        },
        "dates": dates(),
    }


def _benefit_document(gained: Benefit) -> dict[str, Any]:
    return {
        "per_year": {name: float(getattr(gained, name)) for name in ("low", "likely", "high")},
        "gains": {
            key: {"low": float(gain.low), "likely": float(gain.per_year), "high": float(gain.high)}
            for key, gain in gained.gains.items()
        },
        "totals": [float(amount) for amount in gained.totals],
        "net_present_value": float(gained.net_present_value),
        "net_low": float(gained.net_low),
        "net_high": float(gained.net_high),
        "internal_rate_of_return": None if gained.rate is None else float(gained.rate),
        "payback_months": gained.payback_months,
        "chance": float(gained.chance),
    }


def _offer_document(one: OfferAnswer) -> dict[str, Any]:
    return {
        "name": one.offer.name,
        "price_per_user_and_month": None if one.offer.price is None else float(one.offer.price),
        "price_currency": one.offer.currency,
        "date": one.offer.day.isoformat() if one.offer.day else None,
        "source": one.offer.source,
        "licence_per_year": None if one.year is None else float(one.year),
        "licence_in_all_years": None if one.years is None else float(one.years),
        "remark": one.remark,
    }


__all__ = [
    "LEAST_COMPARED",
    "MOST_COMPARED",
    "CapacityAnswer",
    "Invalid",
    "OfferAnswer",
    "Range",
    "answer",
    "average_of",
    "benefit_of",
    "brackets_of",
    "capacity_of",
    "comparison",
    "converted",
    "drivers_of",
    "estimate_in",
    "formula_text",
    "misfits_of",
    "offers_in",
    "offers_of",
    "parts_of",
    "rate_of",
    "scenario_of",
    "usual_for",
]
