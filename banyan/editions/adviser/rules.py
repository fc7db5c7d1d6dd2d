"""Pure rules of the adviser: from answers to edition, modules, scenarios, plan and training; open questions widen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from typing import Any

from banyan.editions.adviser.conditions import Facts, holds, questions_of
from banyan.editions.adviser.loading import (
    NONE,
    decimal_of,
    edition_reasons,
    editions,
    judgements,
    module_reasons,
    most_single,
    questions,
)
from banyan.editions.cost.model import typical
from banyan.editions.cost.scenario import HOSTING, MOST_HEADS, Scenario

YEARS = 3
CURRENCY = "CNY"
#: The revenue in the currency of the cost model, which whoever asks the rules adds to the answers.
REVENUE = "revenue_in_yuan"
NEEDED, OPEN, NOT_NEEDED = "needed", "open", "not_needed"
NUMBERS = ("headcount", "headcount_later", "departments", "customers")
WEEK_STEP = Decimal("0.5")
PEOPLE_IN_A_GROUP = 12
LEAST_GROWTH, MOST_GROWTH = Decimal("-0.5"), Decimal(2)


class End(IntEnum):
    """What is assumed of open questions: the least that they can ask for, what is likely, the most."""

    LOW = 0
    LIKELY = 1
    HIGH = 2


@dataclass(frozen=True)
class KnownModule:
    """A module that the installation has: which editions have it, which other modules it needs, whether it is paid for singly."""

    name: str
    editions: tuple[str, ...]
    requires: tuple[str, ...] = ()
    is_paid: bool = True


@dataclass(frozen=True)
class Verdict:
    """Whether a module is needed; ``because`` are needed modules that require it, ``asks`` the open questions."""

    module: str
    state: str
    because: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """The edition that fits, and the smallest and largest that it may turn out to be once all questions are answered."""

    edition: str
    smallest: str
    largest: str

    @property
    def possible(self) -> tuple[str, ...]:
        """Return the editions that are still possible, the smallest first."""
        return editions()[editions().index(self.smallest) : editions().index(self.largest) + 1]


@dataclass(frozen=True)
class Phase:
    """A part of the roll-out, in weeks from its beginning."""

    key: str
    begins: Decimal
    weeks: Decimal

    @property
    def first_week(self) -> int:
        """Return the number of the week in which it begins, counted from one."""
        return math.floor(self.begins) + 1

    @property
    def last_week(self) -> int:
        """Return the number of the week in which it ends."""
        return max(self.first_week, math.ceil(self.begins + self.weeks))


@dataclass(frozen=True)
class Course:
    """Who is trained, and for how long each."""

    key: str
    people: int
    hours: Decimal


def filled(given: Facts, end: End) -> dict[str, Any]:
    """Return the answers with numbers in the place of open ones: as low, as likely or as high as they are taken to be."""
    facts = {name: value for name, value in given.items() if value not in (None, ())}
    heads = facts.setdefault("headcount", _bound("headcount", end))
    later = _times("headcount_later", end) * heads
    facts.setdefault("headcount_later", min(Decimal(MOST_HEADS), max(Decimal(1), later.quantize(Decimal(1)))))
    usual = typical(int(heads))
    for name in ("departments", "customers"):
        assumed = (_times(name, end) * usual[name]).quantize(Decimal(1), ROUND_HALF_UP)
        facts.setdefault(name, max(Decimal(1), assumed))
    return facts


def judged(condition: Any, facts: Facts, end: End, plausible: Any = None) -> bool:
    """Say whether a condition counts: what hangs on open questions counts at the high end alone, if it is plausible."""
    found = holds(condition, facts)
    if found is None:
        return end is End.HIGH and holds(plausible or {}, facts) is True
    return found


def choose_edition(given: Facts, known: Iterable[KnownModule]) -> Choice:
    """Return the smallest edition that serves, a few single modules on top included, and between which editions it lies as long as questions are open."""
    modules = list(known)
    smallest, likely, largest = (_edition_at(given, modules, end) for end in End)
    return Choice(likely, smallest, largest)


def reasons_for(given: Facts, edition: str) -> list[Mapping[str, Any]]:
    """Return what asks for an edition, of what the answers say."""
    facts = filled(given, End.LIKELY)
    return [reason for reason in edition_reasons() if reason["edition"] == edition and holds(reason["when"], facts)]


def judge_modules(given: Facts, known: Iterable[KnownModule]) -> list[Verdict]:
    """Return for each module whether it is needed, in the order in which they are known.

    What a needed module requires is needed too. A module about which nothing is written down is left open.
    """
    modules = {module.name: module for module in known}
    facts = filled(given, End.LIKELY)
    own: dict[str, bool | None] = {}
    for name in modules:
        entry = module_reasons().get(name)
        own[name] = holds(entry.needed, facts) if entry else None
    because: dict[str, list[str]] = {}
    waiting = [name for name, needed in own.items() if needed]
    while waiting:
        name = waiting.pop()
        for required in modules[name].requires:
            if required not in modules:
                continue
            if not own[required] and required not in because:
                waiting.append(required)
            because.setdefault(required, []).append(name)
    return [_verdict(name, because.get(name, []), given, needed=own[name]) for name in modules]


def needed_modules(given: Facts, known: Iterable[KnownModule]) -> tuple[str, ...]:
    """Return the names of the modules that are needed."""
    return tuple(verdict.module for verdict in judge_modules(given, known) if verdict.state == NEEDED)


def switches(edition: str, needed: Iterable[str], known: Iterable[KnownModule]) -> tuple[list[str], list[str]]:
    """Return which modules to switch on and off beside what an edition has, so that exactly the needed ones are on."""
    wanted, modules = set(needed), list(known)
    on = [module.name for module in modules if module.name in wanted and edition not in module.editions]
    off = [module.name for module in modules if module.name not in wanted and edition in module.editions]
    return sorted(on), sorted(off)


def wanted_modules(given: Facts, known: Iterable[KnownModule], end: End) -> tuple[str, ...]:
    """Return the modules that are needed with open questions at one end, with all that they require."""
    modules = {module.name: module for module in known}
    facts = filled(given, end)
    waiting = [name for name, entry in module_reasons().items() if name in modules and judged(entry.needed, facts, end)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in modules and name not in found:
            found.add(name)
            waiting.extend(modules[name].requires)
    return tuple(name for name in modules if name in found)


def singly(edition: str, wanted: Iterable[str], known: Iterable[KnownModule]) -> tuple[str, ...]:
    """Return those of the wanted modules that an edition lacks and that are paid for on top of it."""
    names = set(wanted)
    return tuple(
        module.name
        for module in known
        if module.name in names and module.is_paid and module.editions and edition not in module.editions
    )


def scenario_at(given: Facts, edition: str, hosting: str, end: End, known: Iterable[KnownModule] = ()) -> Scenario:
    """Return the company for the cost model under an edition, with open questions at one end.

    What the edition lacks of the modules that are needed is paid for singly.
    """
    modules = list(known)
    facts = filled(given, end)
    heads = int(facts["headcount"])
    usual = typical(heads)
    said, figures = facts.get("existing"), judgements()
    most_sources = max(usual["sources"], *figures["sources"].values())
    sources = figures["sources"][said] if said else (0, usual["sources"], most_sources)[end]
    likely_share = decimal_of(usual["migrated"]) / max(1, usual["customers"])
    shares = (Decimal(0), likely_share, decimal_of(max(figures["migrated_share"].values())))
    share = decimal_of(figures["migrated_share"][said]) if said else shares[end]
    return Scenario(
        headcount=heads,
        edition=edition,
        years=YEARS,
        growth=growth_of(facts["headcount"], facts["headcount_later"]),
        hosting=hosting,
        # More departments than people are told as a contradiction; the estimate goes on with what can be.
        departments=min(heads, int(facts["departments"])),
        integrations=integrations_of(given, end),
        training=figures["training_depth"][edition],
        customers=int(facts["customers"]),
        migrated=int(facts["customers"] * share),
        sources=max(sources, 1) if facts["customers"] * share >= 1 else sources,
        has_failover=_has_failover(facts, end),
        replaced=figures["replaced"].get(said, 0),
        revenue=facts.get(REVENUE),
        currency=str(facts.get("currency", CURRENCY)),
        modules=singly(edition, wanted_modules(given, modules, end), modules),
    )


def corners(given: Facts, choice: Choice, known: Iterable[KnownModule] = ()) -> dict[End, list[Scenario]]:
    """Return the scenarios between which the truth lies: all that may be chosen, with least and most of everything."""
    hostings, modules = [given["hosting"]] if given.get("hosting") else HOSTING, list(known)
    return {
        end: [scenario_at(given, edition, hosting, end, modules) for edition in choice.possible for hosting in hostings]
        for end in (End.LOW, End.HIGH)
    }


def likely_scenario(given: Facts, edition: str, known: Iterable[KnownModule] = ()) -> Scenario:
    """Return the company as it likely is; hosted by us as long as nothing else is said."""
    return scenario_at(given, edition, given.get("hosting") or HOSTING[0], End.LIKELY, known)


def growth_of(now: Decimal, later: Decimal) -> Decimal:
    """Return the growth a year that leads from one headcount to the other in three years."""
    share = Decimal(str((float(later) / float(now)) ** (1 / YEARS))) - 1
    return min(MOST_GROWTH, max(LEAST_GROWTH, share)).quantize(Decimal("0.0001"))


def integrations_of(given: Facts, end: End) -> int:
    """Return how many systems are connected."""
    said = given.get("integrations")
    if said:
        return len([option for option in said if option != NONE])
    usual = typical(int(filled(given, end)["headcount"]))["integrations"]
    rule = questions()["integrations"].unanswered or {}
    assumed = int(decimal_of(rule["times"][end]) * usual)
    return max(assumed, int(rule["least_high"])) if end is End.HIGH else assumed


def facts_for_judging(
    given: Facts, *, edition: str, users: int, likely: Decimal, low: Decimal, chance: Decimal | None = None
) -> dict[str, Any]:
    """Return what contradictions and risks are judged by: the answers, and what was made from them."""
    facts = {**given, "edition": edition, "users": Decimal(users)}
    if chance is not None:
        facts["chance_percent"] = chance * 100
    if given.get("headcount") and given.get("headcount_later"):
        facts["growth_percent"] = growth_of(given["headcount"], given["headcount_later"]) * 100
    budget = given.get("budget")
    if budget is not None:
        facts["budget_percent"] = budget * 100 / likely if likely else Decimal(1000)
        facts["budget_of_low_percent"] = budget * 100 / low if low else Decimal(1000)
    return facts


def contradictions(facts: Facts) -> list[Mapping[str, Any]]:
    """Return which answers contradict each other, or what the estimate says."""
    return [entry for entry in judgements()["contradictions"] if holds(entry["when"], facts) is True]


def risks(facts: Facts) -> list[Mapping[str, Any]]:
    """Return what may go wrong for a company like this."""
    assumed = {**filled(facts, End.LIKELY), **facts}
    return [entry for entry in judgements()["risks"] if holds(entry["when"], assumed) is True]


def roll_out(scenario: Scenario, *, modules: int, users: int) -> list[Phase]:
    """Return the phases of the roll-out one after the other; those that take no time are left out."""
    numbers = {
        "departments": scenario.departments,
        "modules": modules,
        "sources": scenario.sources,
        "integrations": scenario.integrations,
        "training_groups": math.ceil(users / PEOPLE_IN_A_GROUP),
    }
    begins, phases = Decimal(0), []
    for entry in judgements()["rollout"]:
        weeks = decimal_of(entry["weeks"][scenario.edition])
        weeks += sum((decimal_of(each) * numbers[name] for name, each in entry.get("per", {}).items()), Decimal(0))
        if "most" in entry:
            # What grows with people is done by more people at the same time, once it would take longer than that.
            weeks = min(weeks, decimal_of(entry["most"]))
        weeks = (weeks / WEEK_STEP).quantize(Decimal(1), ROUND_HALF_UP) * WEEK_STEP if weeks > 1 else weeks
        if weeks:
            phases.append(Phase(entry["key"], begins, weeks))
            begins += weeks
    return phases


def courses(given: Facts, edition: str, users: int) -> list[Course]:
    """Return the training by role; together they are all users, and salespeople are whoever has no other role."""
    found, left = [], users
    sales: Mapping[str, Any] = {}
    for entry in judgements()["training"]:
        if entry["key"] == "sales":
            sales = entry
            continue
        if not judged(entry.get("when", {}), given, End.LIKELY):
            continue
        share = decimal_of(entry.get("share", 0))
        people = entry["people"][edition] if "people" in entry else int((share * users).quantize(Decimal(1)))
        people = min(people, left)
        if people:
            found.append(Course(entry["key"], people, decimal_of(entry["hours"][edition])))
            left -= people
    if left:
        found.append(Course("sales", left, decimal_of(sales["hours"][edition])))
    order = [entry["key"] for entry in judgements()["training"]]
    return sorted(found, key=lambda course: order.index(course.key))


def open_questions(given: Facts) -> list[str]:
    """Return the questions that are not answered, in their order."""
    return [key for key in questions() if given.get(key) in (None, ())]


def without(given: Facts, key: str) -> dict[str, Any]:
    """Return the answers with one question open again."""
    return {name: value for name, value in given.items() if name != key}


def implausible(given: Facts) -> list[Mapping[str, Any]]:
    """Return the reasons for an edition that companies of this size do not give."""
    facts = filled(given, End.LIKELY)
    return [
        reason
        for reason in edition_reasons()
        if holds(reason["when"], facts) and holds(reason.get("plausible", {}), facts) is False
    ]


def _edition_at(given: Facts, modules: Sequence[KnownModule], end: End) -> str:
    facts = filled(given, end)
    place = 0
    for reason in edition_reasons():
        if judged(reason["when"], facts, end, reason.get("plausible")):
            place = max(place, editions().index(reason["edition"]))
    wanted = wanted_modules(given, modules, end)
    # A few modules are cheaper one by one than a larger edition; more of them never lead to a smaller one.
    last = len(editions()) - 1
    while place < last:
        edition = editions()[place]
        if len(singly(edition, wanted, modules)) <= most_single(edition):
            break
        place += 1
    return editions()[place]


def _verdict(name: str, because: Sequence[str], given: Facts, *, needed: bool | None) -> Verdict:
    if needed:
        return Verdict(name, NEEDED)
    if because:
        return Verdict(name, NEEDED, tuple(because))
    if needed is None:
        entry = module_reasons().get(name)
        asks = [key for key in open_questions(given) if entry and key in questions_of(entry.needed)]
        return Verdict(name, OPEN, asks=tuple(asks))
    return Verdict(name, NOT_NEEDED)


def _bound(name: str, end: End) -> Decimal:
    rule = questions()[name].unanswered or {}
    return decimal_of((rule["low"], rule["likely"], rule["high"])[end])


def _times(name: str, end: End) -> Decimal:
    rule = questions()[name].unanswered or {}
    return decimal_of(rule["times"][end])


def _has_failover(facts: Facts, end: End) -> bool:
    said = facts.get("outage")
    if said:
        return bool(said == "minutes")
    usual = bool(typical(int(facts["headcount"]))["has_failover"])
    cluster = next(reason for reason in edition_reasons() if "outage" in reason["when"])
    return (False, usual, usual or holds(cluster["plausible"], facts) is True)[end]
