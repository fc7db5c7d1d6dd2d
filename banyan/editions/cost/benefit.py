"""Pure rules of benefit: what a CRM brings by readable formulas, when that pays back, and what an unsuitable one costs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from banyan.editions.cost.loading import Bracket, Effect
from banyan.editions.cost.model import (
    SEED,
    ZERO,
    Numbers,
    cents,
    costs,
    draws,
    means,
    one_off,
    quantiles,
    users_by_year,
    with_floats,
)
from banyan.editions.cost.scenario import Range, Scenario

TOO_SMALL, TOO_LARGE = "too_small", "too_large"
BENEFIT_SEED = SEED + 1
#: Factors of a formula: a sign, and a name or a number.
FACTOR = re.compile(r"(?P<sign>[*/]?)\s*(?P<name>[a-z_]+|[0-9.]+)\s*")


@dataclass(frozen=True)
class Gain:
    """What one effect is worth: by year with each assumption at its mean, and the range of an average year."""

    key: str
    years: list[Decimal]
    low: Decimal
    high: Decimal

    @property
    def per_year(self) -> Decimal:
        """Return an average year."""
        return cents(sum(self.years, ZERO) / len(self.years))


@dataclass(frozen=True)
class Benefit:
    """What a scenario brings against what it costs.

    ``flows`` are costs at the beginning and benefits at the end of each year, which is on the careful side; net present
    value and internal rate of return are theirs. ``payback_months`` assumes that running costs and benefits come evenly
    through the year; None says not within the years looked at. ``rate`` is None where there is no single rate.
    ``chance`` is the share of draws whose net present value is above zero.
    """

    gains: dict[str, Gain]
    low: Decimal
    likely: Decimal
    high: Decimal
    flows: list[Decimal]
    net_present_value: Decimal
    net_low: Decimal
    net_high: Decimal
    rate: Decimal | None
    payback_months: int | None
    chance: Decimal

    @property
    def totals(self) -> list[Decimal]:
        """Return the benefit of each year."""
        return [sum(amounts, ZERO) for amounts in zip(*(gain.years for gain in self.gains.values()), strict=True)]


@dataclass(frozen=True)
class Misfit:
    """What choosing another edition than the fitting one costs in an average year.

    ``items`` are what comes on top (by key), ``saved`` what the other edition itself costs less; ``low`` and ``high`` are
    the range of the items' sum.
    """

    edition: str
    kind: str
    items: dict[str, Decimal]
    saved: Decimal
    low: Decimal
    high: Decimal

    @property
    def total(self) -> Decimal:
        """Return what comes on top in a year."""
        return sum(self.items.values(), ZERO)

    @property
    def net(self) -> Decimal:
        """Return what the wrong choice costs after what it saves."""
        return self.total - self.saved


@cache
def factors(formula: str) -> tuple[tuple[str, str], ...]:
    """Return the signs and factors of a formula; the first sign is a multiplication."""
    found = tuple((match["sign"] or "*", match["name"]) for match in FACTOR.finditer(formula))
    if "".join(f"{sign}{name}" for sign, name in found) != "*" + re.sub(r"\s", "", formula):
        raise ValueError(f"“{formula}” is no product of names and numbers.")
    return found


def worked_out(formula: str, names: Numbers) -> Any:
    """Return what a formula gives for certain values, decimals or floats."""
    kind = type(next(iter(names.values())))
    total = kind(1)
    for sign, name in factors(formula):
        value = names[name] if name in names else kind(name)
        total = total * value if sign == "*" else total / value
    return total


def facts_of(scenario: Scenario, numbers: Numbers) -> list[dict[str, Any]]:
    """Return what formulas know of each year, beside the assumptions."""
    kind = type(next(iter(numbers.values())))
    found = []
    for year, users in enumerate(users_by_year(scenario, numbers)):
        grown = (1 + kind(scenario.growth)) ** year
        heads = kind(scenario.headcount) * grown
        known = heads * numbers["revenue_head"] if scenario.revenue is None else kind(scenario.revenue) * grown
        found.append({"users": users, "heads": heads, "revenue": known, "replaced": kind(scenario.replaced)})
    return found


def gains(scenario: Scenario, numbers: Numbers, effects: Sequence[Effect]) -> dict[str, list[Any]]:
    """Return what each effect brings in each year: less in the first, and with prices where it follows them."""
    found: dict[str, list[Any]] = {effect.key: [] for effect in effects}
    for year, facts in enumerate(facts_of(scenario, numbers)):
        share = numbers["first_year"] if year == 0 else 1
        rise = (1 + numbers["price_rise"]) ** year
        for effect in effects:
            amount = worked_out(effect.formula, {**numbers, **facts}) * share
            found[effect.key].append(amount * rise if effect.rises else amount)
    return found


def benefit(
    scenario: Scenario,
    known: tuple[Mapping[str, Range], Mapping[str, Range]],
    effects: Sequence[Effect],
    brackets: Sequence[Bracket],
    measured: Mapping[str, Any],
) -> Benefit:
    """Return the benefit of a scenario; ``known`` are the ranges of the costs and those of the benefits.

    Costs are drawn with the same numbers as in ``estimate``, so that both speak of the same cases.
    """
    cost_ranges, benefit_ranges = known
    numbers = {**means(cost_ranges), **means(benefit_ranges)}
    yearly = {key: [cents(amount) for amount in amounts] for key, amounts in gains(scenario, numbers, effects).items()}
    parts = {
        name: [cents(amount) for amount in amounts]
        for name, amounts in costs(scenario, numbers, brackets, measured).items()
    }
    paid = [sum(amounts, ZERO) for amounts in zip(*parts.values(), strict=True)]
    gained = [sum(amounts, ZERO) for amounts in zip(*yearly.values(), strict=True)]
    flows = _flows(paid, gained)
    drawn = _drawn(scenario, known, effects, brackets, measured)
    net = cents(Decimal(_net(float(scenario.discount), flows)))
    net_low, net_high = quantiles(drawn["net"])
    low, high = quantiles(drawn["gained"])
    likely = sum((cents(sum(amounts, ZERO) / scenario.years) for amounts in yearly.values()), ZERO)
    return Benefit(
        gains={key: _gain(key, amounts, drawn[key]) for key, amounts in yearly.items()},
        low=min(low, likely),
        likely=likely,
        high=max(high, likely),
        flows=flows,
        net_present_value=net,
        net_low=min(net_low, net),
        net_high=max(net_high, net),
        rate=rate_of_return(flows),
        payback_months=payback(paid, gained, sum(one_off(parts).values(), ZERO)),
        chance=Decimal(sum(value > 0 for value in drawn["net"])) / len(drawn["net"]),
    )


def rate_of_return(flows: Sequence[Decimal]) -> Decimal | None:
    """Return the internal rate of return a year; None where the flows never change their sign, or have no single rate."""
    import numpy_financial  # noqa: PLC0415 brings numpy, which only this needs

    signs = [flow > 0 for flow in flows if flow]
    changes = sum(one != other for one, other in pairwise(signs))
    if changes != 1:
        return None
    found = float(numpy_financial.irr([float(flow) for flow in flows]))
    return None if math.isnan(found) else Decimal(str(round(found, 4)))


def payback(paid: Sequence[Decimal], gained: Sequence[Decimal], once: Decimal) -> int | None:
    """Return after how many months the benefit has caught up with the costs; None if it does not.

    What is paid once is paid at the start; everything else, and the benefit, comes evenly through the year.
    """
    behind = once
    for year, (cost, gain) in enumerate(zip(paid, gained, strict=True)):
        net = gain - (cost - once if year == 0 else cost)
        if behind - net <= 0:
            share = behind / net if net > 0 else ZERO
            return math.ceil((year + max(ZERO, share)) * 12)
        behind -= net
    return None


def misfit(
    scenario: Scenario,
    fitting: str,
    known: Mapping[str, tuple[Mapping[str, Range], Sequence[Bracket]]],
    effects: Sequence[Effect],
    measured: Mapping[str, Any],
) -> Misfit:
    """Return what the scenario's edition costs if another one would fit.

    ``known`` are the ranges and prices of both editions by name.
    """
    order = tuple(known)
    kind = TOO_SMALL if order.index(scenario.edition) < order.index(fitting) else TOO_LARGE
    found = {edition: _yearly(replace(scenario, edition=edition), *known[edition], measured) for edition in order}
    mine, other = found[scenario.edition], found[fitting]
    ranges = known[fitting][0]
    numbers = means(ranges)
    saved = max(ZERO, other["total"] - mine["total"]) if kind == TOO_SMALL else ZERO
    more = {name: max(ZERO, mine[key] - other[key]) for name, key in MORE.items()}
    facts = {**facts_of(scenario, numbers)[0], **more, "again": other["introduction"]}
    chosen = [effect for effect in effects if effect.suits == kind]
    items = {effect.key: cents(worked_out(effect.formula, {**numbers, **facts})) for effect in chosen}
    plain = {name: float(value) for name, value in facts.items()}
    low, high = quantiles(
        sum(worked_out(effect.formula, {**drawn, **plain}) for effect in chosen) for drawn in draws(ranges)
    )
    total = sum(items.values(), ZERO)
    return Misfit(scenario.edition, kind, items, cents(saved), min(low, total), max(high, total))


#: Facts of unsuitable editions, and which part of the costs of an average year they compare.
MORE = {"more_licence": "licence", "more_introduction": "introduction", "more_running": "running"}


def _yearly(
    scenario: Scenario, ranges: Mapping[str, Range], brackets: Sequence[Bracket], measured: Mapping[str, Any]
) -> dict[str, Decimal]:
    """Return what an average year costs: the licence, the introduction by year, and everything else that runs."""
    parts = costs(scenario, means(ranges), brackets, measured)
    total = sum((sum(amounts, ZERO) for amounts in parts.values()), ZERO) / scenario.years
    licence = sum(parts["licence"], ZERO) / scenario.years
    introduction = sum(one_off(parts).values(), ZERO) / scenario.years
    return {
        "total": total,
        "licence": licence,
        "introduction": introduction,
        "running": total - licence - introduction,
    }


def _gain(key: str, amounts: list[Decimal], drawn: Sequence[float]) -> Gain:
    low, high = quantiles(drawn)
    likely = cents(sum(amounts, ZERO) / len(amounts))
    return Gain(key, amounts, min(low, likely), max(high, likely))


def _flows(paid: Sequence[Any], gained: Sequence[Any]) -> list[Any]:
    """Return what flows at the beginning of each year, and at the end of the last."""
    nothing = paid[0] * 0
    return [gain - cost for gain, cost in zip([nothing, *gained], [*paid, nothing], strict=True)]


def _net(discount: float, flows: Sequence[Any]) -> float:
    import numpy_financial  # noqa: PLC0415 brings numpy, which only this needs

    return float(numpy_financial.npv(discount, [float(flow) for flow in flows]))


def _drawn(
    scenario: Scenario,
    known: tuple[Mapping[str, Range], Mapping[str, Range]],
    effects: Sequence[Effect],
    brackets: Sequence[Bracket],
    measured: Mapping[str, Any],
) -> dict[str, list[float]]:
    """Return of each draw what every effect brings in an average year, all together, and the net present value."""
    found: dict[str, list[float]] = {name: [] for name in (*(effect.key for effect in effects), "gained", "net")}
    plain, discount = with_floats(scenario), float(scenario.discount)
    for cost_numbers, benefit_numbers in zip(draws(known[0]), draws(known[1], BENEFIT_SEED), strict=True):
        numbers = {**cost_numbers, **benefit_numbers}
        yearly = gains(plain, numbers, effects)
        paid = [sum(amounts) for amounts in zip(*costs(plain, numbers, brackets, measured).values(), strict=True)]
        gained = [sum(amounts) for amounts in zip(*yearly.values(), strict=True)]
        for key, amounts in yearly.items():
            found[key].append(sum(amounts) / scenario.years)
        found["gained"].append(sum(gained) / scenario.years)
        found["net"].append(_net(discount, _flows(paid, gained)))
    return found
