"""Pure rules of cost: what a scenario costs in each part and year, how sure that is, and what it hinges on."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from banyan.editions.cost.capacity import Demand, plan
from banyan.editions.cost.scenario import TRAINING_HOURS, Range, Scenario

if TYPE_CHECKING:
    from banyan.editions.cost.loading import Assumption, Bracket

PARTS = ("licence", "custom_development", "configuration", "training", "data_migration", "upgrades", "support",
         "administration", "hardware", "internal_time")  # fmt: skip
#: Parts that are paid once, at the beginning; of training and of people's own time the first year is.
ONCE_PARTS = frozenset({"custom_development", "configuration", "data_migration"})
BEGINNING_PARTS = frozenset({"training", "internal_time"})
SAMPLES, SEED = 500, 20_261_126
LOW_QUANTILE, HIGH_QUANTILE = 0.1, 0.9
ZERO = Decimal(0)


Numbers = Mapping[str, Any]
#: The cost of each part in each year: ``parts[name][year]``.
Costs = dict[str, list[Any]]


@dataclass(frozen=True)
class Estimate:
    """What a scenario costs: ``parts`` by year with each assumption at its mean, and the range of the total a year.

    ``low`` and ``high`` are passed by one case in ten each; ``present_value`` is the whole discounted to today.
    """

    parts: dict[str, list[Decimal]]
    low: Decimal
    likely: Decimal
    high: Decimal
    present_value: Decimal

    @property
    def totals(self) -> list[Decimal]:
        """Return the cost of each year."""
        return [sum(amounts, ZERO) for amounts in zip(*self.parts.values(), strict=True)]

    @property
    def per_year(self) -> dict[str, Decimal]:
        """Return what each part costs in an average year."""
        return per_year(self.parts)

    @property
    def one_off(self) -> dict[str, Decimal]:
        """Return what each part costs once, to begin with."""
        return one_off(self.parts)

    @property
    def running(self) -> list[Decimal]:
        """Return what each year costs besides what is paid once."""
        once = sum(self.one_off.values(), ZERO)
        return [total - (once if year == 0 else ZERO) for year, total in enumerate(self.totals)]


@dataclass(frozen=True)
class Driver:
    """How much one assumption moves the total a year: at its low and at its high end, all others at their mean."""

    key: str
    at_low: Decimal
    at_high: Decimal

    @property
    def swing(self) -> Decimal:
        """Return the distance between the two."""
        return abs(self.at_high - self.at_low)


def estimate(
    scenario: Scenario, assumptions: Mapping[str, Assumption], brackets: Sequence[Bracket], measured: Mapping[str, Any]
) -> Estimate:
    """Return what a scenario costs, in the currency of the assumptions.

    The range comes from drawing each assumption from the triangle of its range many times over (Monte Carlo with a
    fixed seed, so that the same scenario gives the same answer).
    """
    known = ranges_of(scenario, assumptions)
    likely = means(known)
    parts = {
        name: [cents(amount) for amount in amounts]
        for name, amounts in costs(scenario, likely, brackets, measured).items()
    }
    middle = average(parts)
    plain = with_floats(scenario)
    low, high = quantiles(
        sum(sum(amounts) for amounts in costs(plain, drawn, brackets, measured).values()) / scenario.years
        for drawn in draws(known)
    )
    yearly = [sum(amounts, ZERO) for amounts in zip(*parts.values(), strict=True)]
    return Estimate(parts, min(low, middle), middle, max(high, middle), present_value(yearly, scenario.discount))


def ranges_of(scenario: Scenario, assumptions: Mapping[str, Assumption]) -> dict[str, Range]:
    """Return the range of each assumption in a scenario."""
    return {key: scenario.ranges.get(key) or entry.range_in(scenario) for key, entry in assumptions.items()}


def one_off(parts: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return what is paid once of each part: the introduction, and the first year of training and of learning."""
    return {
        name: sum(amounts, amounts[0] * 0) if name in ONCE_PARTS else amounts[0]
        for name, amounts in parts.items()
        if name in ONCE_PARTS | BEGINNING_PARTS
    }


def per_year(parts: Mapping[str, Sequence[Decimal]]) -> dict[str, Decimal]:
    """Return what each part costs in an average year, rounded to cents."""
    return {name: cents(sum(amounts, ZERO) / len(amounts)) for name, amounts in parts.items()}


def average(parts: Mapping[str, Sequence[Decimal]]) -> Decimal:
    """Return what an average year costs: the sum of its rounded parts, so that they add up where they are printed."""
    return sum(per_year(parts).values(), ZERO)


def means(known: Mapping[str, Range]) -> dict[str, Decimal]:
    """Return the mean of each range, taken as a triangle.

    Most ranges reach further up than down. At their peaks everything would go unusually well at once; at their means
    the total lies in the middle of what the draws give.
    """
    return {key: (found.low + found.likely + found.high) / 3 for key, found in known.items()}


def drivers(
    scenario: Scenario, assumptions: Mapping[str, Assumption], brackets: Sequence[Bracket], measured: Mapping[str, Any]
) -> list[Driver]:
    """Return what the total hinges on, the strongest first (a tornado chart draws these)."""
    known = ranges_of(scenario, assumptions)
    likely = means(known)

    def total(key: str, value: Decimal) -> Decimal:
        found = costs(scenario, {**likely, key: value}, brackets, measured)
        return cents(sum((sum(amounts, ZERO) for amounts in found.values()), ZERO) / scenario.years)

    moved = [Driver(key, total(key, found.low), total(key, found.high)) for key, found in known.items()]
    return sorted((driver for driver in moved if driver.swing), key=lambda driver: (-driver.swing, driver.key))


def costs(scenario: Scenario, numbers: Numbers, brackets: Sequence[Bracket], measured: Mapping[str, Any]) -> Costs:
    """Return the cost of each part in each year for certain values of all assumptions (decimals, or floats)."""
    kind = type(next(iter(numbers.values())))
    users = users_by_year(scenario, numbers)
    rise = [(1 + numbers["price_rise"]) ** year for year in range(scenario.years)]
    joining = [users[0], *(_joining(users, year, numbers) for year in range(1, scenario.years))]
    dirty = scenario.migrated * numbers["dirty_share"]
    development = (numbers["development_days"] + scenario.integrations * numbers["integration_days"]) * numbers[
        "developer_day"
    ]
    singles = max((bracket.singles for bracket in brackets), default=0)
    set_up = (
        numbers["configuration_days"]
        + scenario.departments * numbers["department_days"]
        + singles * numbers["module_days"]
    )
    migration = (scenario.sources * numbers["migration_days"] + dirty / numbers["cleaning_rows"]) * numbers[
        "consultant_day"
    ]
    hours = [_training_hours(scenario, count) for count in users]
    is_own = scenario.hosting == "own"
    return {
        "licence": [kind(0) if is_own else 12 * licence(count, brackets) * (1 - numbers["licence_discount"]) * price
                    for count, price in zip(users, rise, strict=True)],
        "custom_development": _once(development, scenario.years),
        "configuration": _once(set_up * numbers["consultant_day"], scenario.years),
        "training": [count * each / numbers["group_size"] * numbers["trainer_hour"] * price
                     for count, each, price in zip(joining, hours, rise, strict=True)],
        "data_migration": _once(migration, scenario.years),
        "upgrades": [kind(0), *((development * numbers["upkeep_share"]
                                 + numbers["upgrade_days"] * numbers["consultant_day"]) * price for price in rise[1:])],
        "support": [(count * numbers["support_user"] if is_own else kind(0)) * price
                    for count, price in zip(users, rise, strict=True)],
        "administration": [(numbers["administrator_base"] + count * numbers["administrator_user"])
                           * numbers["administrator_wage"] * price for count, price in zip(users, rise, strict=True)],
        "hardware": [_hardware(scenario, count, numbers, measured) * price if is_own else kind(0)
                     for count, price in zip(users, rise, strict=True)],
        "internal_time": _internal_time(
            scenario, joining, rise, numbers, [each + singles * numbers["module_hours"] for each in hours]
        ),
    }  # fmt: skip


def users_by_year(scenario: Scenario, numbers: Numbers) -> list[Any]:
    """Return how many people use the system in each year."""
    kind = type(next(iter(numbers.values())))
    heads = [scenario.headcount * (1 + scenario.growth) ** year for year in range(scenario.years)]
    return [kind(math.ceil(count)) * numbers["user_share"] for count in heads]


def licence(users: Any, brackets: Sequence[Bracket]) -> Any:
    """Return the licence of a month for a number of users; each bracket's price holds for the users within it."""
    total, begins = users * 0, 0
    for bracket in brackets:
        ends = users if bracket.upto is None else min(users, type(users)(bracket.upto))
        total += max(users * 0, ends - begins) * type(users)(bracket.price)
        begins = bracket.upto or 0
    return total


def present_value(yearly: Iterable[Decimal], discount: Decimal) -> Decimal:
    """Return what costs of coming years are worth today; the first year's are paid now."""
    import numpy_financial  # noqa: PLC0415 brings numpy, which only this needs

    amounts = [float(amount) for amount in yearly]
    return cents(Decimal(float(numpy_financial.npv(float(discount), amounts))))


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded half up to cents."""
    return Decimal(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def recommended_edition(headcount: int, needs: Iterable[str] = ()) -> str:
    """Return the smallest edition that serves a company: by headcount, and by what it needs besides."""
    asked = set(needs)
    if headcount > 500 or asked & ENTERPRISE_NEEDS:
        return "enterprise"
    return "standard" if headcount > 20 or asked & STANDARD_NEEDS else "basic"


def typical(headcount: int) -> dict[str, Any]:
    """Return what a company of a size usually has, for what nobody has said: departments, records, systems."""
    users = max(1, headcount // 2)
    return {
        "departments": max(1, min(60, round(headcount**0.5 / 2))),
        "customers": users * 150,
        "migrated": users * 60,
        "replaced": 0 if headcount <= 20 else 1 if headcount <= 500 else 3,
        "sources": 1 if headcount <= 20 else 3 if headcount <= 500 else 6,
        "integrations": 0 if headcount <= 50 else 1 if headcount <= 500 else 4,
        "training": "short" if headcount <= 20 else "normal",
        "has_failover": headcount > 500,
    }


STANDARD_NEEDS = frozenset({"pipeline", "campaigns", "tickets", "custom_fields", "approvals", "quotes", "stock"})
ENTERPRISE_NEEDS = frozenset({"erp", "failover", "massive_data", "several_currencies", "group_of_companies"})


def _once(amount: Any, years: int) -> list[Any]:
    return [amount, *([amount * 0] * (years - 1))]


def _joining(users: Sequence[Any], year: int, numbers: Numbers) -> Any:
    """Return who has to learn in a later year: whoever came, and whoever replaces those who left."""
    grown = users[year] - users[year - 1]
    return max(grown, grown * 0) + users[year - 1] * numbers["turnover"]


def _training_hours(scenario: Scenario, users: Any) -> Any:
    """Return the hours of training that one user gets in the mean: departments that are named first, then all others."""
    kind = type(users)
    usual = kind(TRAINING_HOURS[scenario.training])
    named = sum(group.people for group in scenario.trained)
    if not named or not users:
        return usual
    deep = sum((group.people * kind(TRAINING_HOURS[group.depth]) for group in scenario.trained), kind(0))
    there = min(users, kind(named))
    return (deep * there / named + (users - there) * usual) / users


def _hardware(scenario: Scenario, users: Any, numbers: Numbers, measured: Mapping[str, Any]) -> Any:
    needed = plan(
        Demand(math.ceil(users), scenario.customers, float(scenario.requests), scenario.has_failover), measured
    )
    return (
        needed.cores * numbers["core_year"]
        + needed.memory_gb * numbers["memory_year"]
        + needed.storage_gb * numbers["storage_year"]
        + needed.backup_gb * numbers["backup_year"]
        + users * numbers["network_user"]
    )


def _internal_time(
    scenario: Scenario, joining: Sequence[Any], rise: Sequence[Any], numbers: Numbers, hours: Sequence[Any]
) -> list[Any]:
    """Return what the time of users costs: the project in each department, and the hours in which one learns besides."""
    project = scenario.departments * numbers["project_hours"] * numbers["user_hour"]
    learning = [
        count * (numbers["learning_hours"] + each) * numbers["user_hour"] * price
        for count, each, price in zip(joining, hours, rise, strict=True)
    ]
    return [learning[0] + project, *learning[1:]]


def draws(known: Mapping[str, Range], seed: int = SEED) -> Iterable[dict[str, float]]:
    """Yield assumptions drawn at random from their triangles, the same ones each time."""
    choose = random.Random(seed)  # noqa: S311 a simulation, no secret
    draw: dict[str, Callable[[], float]] = {
        key: _drawing(choose, float(found.low), float(found.likely), float(found.high)) for key, found in known.items()
    }
    for _sample in range(SAMPLES):
        yield {key: one() for key, one in draw.items()}


def quantiles(drawn: Iterable[float]) -> tuple[Decimal, Decimal]:
    """Return what one case in ten falls below, and what one in ten passes."""
    found = sorted(drawn)
    low, high = (found[int(share * (len(found) - 1))] for share in (LOW_QUANTILE, HIGH_QUANTILE))
    return cents(Decimal(low)), cents(Decimal(high))


def _drawing(choose: random.Random, low: float, likely: float, high: float) -> Callable[[], float]:
    return lambda: low if low == high else choose.triangular(low, high, likely)


def with_floats(scenario: Scenario) -> Scenario:
    """Return the scenario with a growth that can be reckoned with as a float."""
    found = object.__new__(Scenario)
    for name, value in scenario.__dict__.items():
        object.__setattr__(found, name, float(value) if name == "growth" else value)
    return found
