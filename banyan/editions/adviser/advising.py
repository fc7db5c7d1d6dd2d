"""The advice as figures: what fits a company, what that costs and brings, and beside what; no words yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from banyan.core.configuration.templates import IndustryTemplate, templates
from banyan.core.objects.modules import modules
from banyan.editions.adviser import rules
from banyan.editions.adviser.answers import options_of
from banyan.editions.adviser.loading import NONE, NUMBER, SEVERAL, Question, judgements, questions
from banyan.editions.adviser.rules import Choice, Course, End, KnownModule, Phase, Verdict
from banyan.editions.cost.answers import (
    CapacityAnswer,
    average_of,
    benefit_of,
    capacity_of,
    estimate_in,
    misfits_of,
)
from banyan.editions.cost.benefit import Benefit, Misfit
from banyan.editions.cost.loading import EDITIONS, assumptions, basis, currency_rates, free_modules
from banyan.editions.cost.model import Estimate, means, ranges_of
from banyan.editions.cost.scenario import HOSTING, Scenario

#: No range of one scenario reaches from its average to a third or three times of it.
FAR = 3
#: How many pieces of advice are kept: a page, its paper and its table are asked for one after the other.
MOST_KEPT = 64
#: Questions that no figure of the cost hangs on.
NEVER_NARROWING = frozenset({"industry", "currency", "languages", "technicians", "service", "data_protection"})


@dataclass(frozen=True)
class Alternative:
    """Another choice beside the recommended one: its average year, what it lacks, and what it costs besides.

    ``singly`` is its average year with all that it lacks on top of it, one by one.
    """

    key: str
    scenario: Scenario
    average: Decimal
    lacks: tuple[str, ...] = ()
    singly: Decimal | None = None
    misfit: Misfit | None = None


@dataclass(frozen=True)
class Narrowing:
    """An open question, and by how much the range of a year may narrow when it is answered."""

    question: str
    by: Decimal


@dataclass(frozen=True)
class Advice:
    """What fits a company. ``low`` and ``high`` include what hangs on open questions; amounts are in ``currency``."""

    given: Mapping[str, Any]
    currency: str
    choice: Choice
    verdicts: tuple[Verdict, ...]
    scenario: Scenario
    users: int
    estimate: Estimate
    low: Decimal
    high: Decimal
    benefit: Benefit
    capacity: CapacityAnswer
    phases: tuple[Phase, ...]
    courses: tuple[Course, ...]
    alternatives: tuple[Alternative, ...]
    narrowing: tuple[Narrowing, ...]
    contradictions: tuple[Mapping[str, Any], ...]
    risks: tuple[Mapping[str, Any], ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """Return the names of the modules that are needed."""
        return tuple(verdict.module for verdict in self.verdicts if verdict.state == rules.NEEDED)

    @property
    def template(self) -> IndustryTemplate | None:
        """Return the template of the company's industry."""
        return template_for(str(self.given.get("industry", "")))

    @property
    def switches(self) -> tuple[list[str], list[str]]:
        """Return which modules to switch on and off beside what the edition has."""
        return rules.switches(self.choice.edition, self.needed, known_modules())


def known_modules() -> list[KnownModule]:
    """Return the modules that this installation has."""
    return [
        KnownModule(module.name, tuple(module.editions), tuple(module.requires), module.name not in free_modules())
        for module in modules
    ]


def template_for(industry: str) -> IndustryTemplate | None:
    """Return the template that comes first for an industry, if there is one."""
    return next((template for template in templates if industry and industry in template.industries), None)


def advise(given: Mapping[str, Any]) -> Advice:
    """Return the advice for answers that were read by ``read_answers``.

    The same answers get the same piece of advice, as long as neither the modules nor the figures behind it change.
    """
    return _advise(tuple(given.items()), tuple(known_modules()), basis(), get_language())


@lru_cache(MOST_KEPT)
def _advise(
    answers: tuple[tuple[str, Any], ...],
    modules_there: tuple[KnownModule, ...],
    _basis: tuple[str, ...],
    _language: str,
) -> Advice:
    asked, known = dict(answers), list(modules_there)
    given: Mapping[str, Any] = asked
    if "revenue" in given:
        given = {
            **given,
            rules.REVENUE: given["revenue"] / currency_rates()[str(given.get("currency", rules.CURRENCY))],
        }
    choice = rules.choose_edition(given, known)
    verdicts = tuple(rules.judge_modules(given, known))
    needed = [verdict.module for verdict in verdicts if verdict.state == rules.NEEDED]
    scenario = rules.likely_scenario(given, choice.edition, known)
    users = users_of(scenario)
    found = estimate_in(scenario)
    low, high = _range(given, choice, found)
    benefit = _with_open_questions(benefit_of(scenario), given, choice)
    facts = rules.facts_for_judging(
        given, edition=choice.edition, users=users, likely=found.likely, low=low, chance=benefit.chance
    )
    return Advice(
        given=asked,
        currency=scenario.currency,
        choice=choice,
        verdicts=verdicts,
        scenario=scenario,
        users=users,
        estimate=found,
        low=low,
        high=high,
        benefit=benefit,
        capacity=capacity_of(scenario),
        phases=tuple(rules.roll_out(scenario, modules=len(needed), users=users)),
        courses=tuple(rules.courses(given, choice.edition, users)),
        alternatives=tuple(_alternatives(scenario, needed, known)),
        narrowing=tuple(_narrowing(given, known)),
        contradictions=tuple(rules.contradictions(facts)),
        risks=tuple(rules.risks(facts)),
    )


def users_of(scenario: Scenario) -> int:
    """Return how many people use the product in the first year, at the mean of their share."""
    share = means(ranges_of(scenario, assumptions()))["user_share"]
    return max(1, round(scenario.headcount * share))


def _range(given: Mapping[str, Any], choice: Choice, likely: Estimate) -> tuple[Decimal, Decimal]:
    low, high = range_of(given, choice)
    return min(low, likely.low), max(high, likely.high)


def _with_open_questions(benefit: Benefit, given: Mapping[str, Any], choice: Choice) -> Benefit:
    """Return a benefit whose range includes what hangs on open questions, as that of the cost does.

    Only the headcount now and later, the revenue and what is given up move it, and all of them in one direction.
    """
    if all(given.get(key) is not None for key in ("headcount", "headcount_later", "existing")):
        return benefit
    ends = rules.corners(given, choice, known_modules())
    seen = {end: {each.edition: each for each in found}.values() for end, found in ends.items()}
    low = min(benefit_of(each).low for each in seen[End.LOW])
    high = max(benefit_of(each).high for each in seen[End.HIGH])
    return replace(benefit, low=min(low, benefit.low), high=max(high, benefit.high))


def range_of(given: Mapping[str, Any], choice: Choice) -> tuple[Decimal, Decimal]:
    """Return between which amounts a year lies, whatever open questions turn out to be.

    Scenarios whose average is far from the outermost one are left out: their ends cannot lie beyond its.
    """
    ends = {
        end: [(average_of(each), each) for each in found]
        for end, found in rules.corners(given, choice, known_modules()).items()
    }
    least = min(average for average, _scenario in ends[End.LOW])
    most = max(average for average, _scenario in ends[End.HIGH])
    low = min(estimate_in(each).low for average, each in ends[End.LOW] if average <= least * FAR)
    high = max(estimate_in(each).high for average, each in ends[End.HIGH] if average * FAR >= most)
    return low, high


def _alternatives(scenario: Scenario, needed: list[str], known: list[KnownModule]) -> list[Alternative]:
    """Return the next smaller and larger edition, and the other way of hosting."""
    place = EDITIONS.index(scenario.edition)
    unsuitable = {each.edition: each for each in misfits_of(scenario, fitting=scenario.edition)}
    found = []
    for key, other in (("smaller", place - 1), ("larger", place + 1)):
        if 0 <= other < len(EDITIONS):
            edition = EDITIONS[other]
            depth = judgements()["training_depth"][edition]
            there = replace(scenario, edition=edition, training=depth)
            lacks = tuple(module.name for module in known if module.name in needed and edition not in module.editions)
            plain = replace(there, modules=tuple(name for name in scenario.modules if name not in lacks))
            singly = average_of(replace(there, modules=lacks)) if lacks else None
            found.append(Alternative(key, plain, average_of(plain), lacks, singly, unsuitable.get(edition)))
    moved = replace(scenario, hosting=next(way for way in HOSTING if way != scenario.hosting))
    return [*found, Alternative("hosting", moved, average_of(moved))]


def _narrowing(given: Mapping[str, Any], known: list[KnownModule]) -> list[Narrowing]:
    """Return the open questions whose answers may narrow the range, the most worthwhile first.

    What a question may bring is the best of its answers, with averages in the place of ranges.
    """
    now = _spread(given, known)
    found = []
    for key in rules.open_questions(given):
        spreads = [_spread({**given, key: answer}, known) for answer in _possible(questions()[key], given)]
        if spreads and now > min(spreads):
            found.append(Narrowing(key, now - min(spreads)))
    return sorted(found, key=lambda each: -each.by)


def _spread(given: Mapping[str, Any], known: list[KnownModule]) -> Decimal:
    ends = rules.corners(given, rules.choose_edition(given, known), known)
    low = min(average_of(scenario) for scenario in ends[End.LOW])
    return max(average_of(scenario) for scenario in ends[End.HIGH]) - low


def _possible(question: Question, given: Mapping[str, Any]) -> list[Any]:
    """Return answers to try for an open question: the likely number, or each option by itself."""
    if question.kind == NUMBER:
        likely = rules.filled(given, End.LIKELY).get(question.key)
        return [] if likely is None else [likely]
    if question.key in NEVER_NARROWING:
        return []
    keys = [key for key, _label in options_of(question)]
    if question.kind == SEVERAL:
        return [(NONE,)] if NONE in keys else []
    return keys
