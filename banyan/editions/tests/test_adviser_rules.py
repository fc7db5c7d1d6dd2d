"""The adviser's rules hold for every company: more heads, open questions, requirements, and every module told of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.utils.translation import override
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from banyan.core.kernel.errors import Invalid
from banyan.core.objects.modules import modules
from banyan.editions.adviser import rules
from banyan.editions.adviser.advising import advise, known_modules, range_of
from banyan.editions.adviser.answers import answers_in_file, answers_in_query, options_of, query_of, read_answers
from banyan.editions.adviser.conditions import grows_with, holds, questions_of
from banyan.editions.adviser.loading import (
    CHOICE,
    NONE,
    NUMBER,
    Question,
    edition_reasons,
    judgements,
    module_reasons,
    questions,
)
from banyan.editions.adviser.rules import End, KnownModule
from banyan.editions.adviser.telling import tell, tell_modules
from banyan.editions.cost.answers import average_of
from banyan.editions.cost.loading import EDITIONS

#: Within what is assumed of a company that says nothing; beyond it nobody can have assumed anything.
HEADS = st.integers(1, 1000)
FEW = settings(max_examples=25)


def _answer(question: Question) -> st.SearchStrategy[Any]:
    keys = [key for key, _label in options_of(question)]
    if question.kind == CHOICE:
        return st.sampled_from(keys)
    several = st.sets(st.sampled_from([key for key in keys if key != NONE]), min_size=1).map(
        lambda chosen: tuple(sorted(chosen, key=keys.index))
    )
    return st.one_of(st.just((NONE,)), several) if NONE in keys else several


CHOICES = {key: _answer(question) for key, question in questions().items() if question.kind != NUMBER}


@st.composite
def companies(draw: st.DrawFn, *, is_whole: bool = False) -> dict[str, Any]:
    """Draw answers as ``read_answers`` returns them; open ones are missing."""
    found = {key: draw(answer) for key, answer in CHOICES.items() if is_whole or draw(st.booleans())}
    found.pop("currency", None)
    heads = draw(HEADS)
    found["headcount"] = Decimal(heads)
    if is_whole or draw(st.booleans()):
        found["headcount_later"] = Decimal(max(1, round(heads * draw(st.sampled_from([0.8, 1, 1.4, 2])))))
    return found


@FEW
@given(companies(), HEADS)
def test_more_heads_never_lead_to_a_smaller_edition(company: dict[str, Any], heads: int) -> None:
    larger = {**company, "headcount": company["headcount"] + heads}
    smaller, later = (rules.choose_edition(each, known_modules()).edition for each in (company, larger))
    assert EDITIONS.index(smaller) <= EDITIONS.index(later)


@settings(max_examples=15)
@given(companies(is_whole=True), st.data())
def test_unanswered_question_never_narrows_the_range(company: dict[str, Any], data: st.DataObject) -> None:
    assume(not rules.implausible(company))
    assume(len(company["integrations"]) <= rules.integrations_of({"headcount": company["headcount"]}, End.HIGH))
    key = data.draw(st.sampled_from([key for key in company if key != "industry"]))
    known, opened = _range(company), _range(rules.without(company, key))
    assert opened[0] <= known[0]
    assert opened[1] >= known[1]


def _range(company: dict[str, Any]) -> tuple[Decimal, Decimal]:
    return range_of(company, rules.choose_edition(company, known_modules()))


@FEW
@given(companies())
def test_recommended_modules_have_all_that_they_require_and_the_edition_has_them(company: dict[str, Any]) -> None:
    known = {module.name: module for module in known_modules()}
    edition = rules.choose_edition(company, known.values()).edition
    needed = set(rules.needed_modules(company, known.values()))
    on, off = rules.switches(edition, needed, known.values())
    assert all(set(known[name].requires) <= needed for name in needed)
    assert {
        name for name, module in known.items() if (edition in module.editions or name in on) and name not in off
    } == needed


@FEW
@given(companies())
def test_single_modules_are_few_and_cost_less_than_the_next_edition_with_all_of_them(company: dict[str, Any]) -> None:
    known = known_modules()
    scenario = rules.likely_scenario(company, rules.choose_edition(company, known).edition, known)
    assert set(scenario.modules) <= set(rules.needed_modules(company, known))
    if scenario.modules and scenario.hosting == "cloud":
        following = EDITIONS[EDITIONS.index(scenario.edition) + 1]
        assert average_of(scenario) <= average_of(replace(scenario, edition=following, modules=()))


@FEW
@given(companies())
def test_every_module_is_spoken_of_with_a_reason(company: dict[str, Any]) -> None:
    told = tell_modules(rules.judge_modules(company, known_modules()))
    rows = [row for found in told.values() for row in found]
    assert sorted(row["name"] for row in rows) == sorted(modules.keys())
    assert all(row.get("for") or row.get("because") for row in rows)


@FEW
@given(companies(), st.integers(1, 400))
def test_roll_out_has_no_gaps_and_training_reaches_every_user(company: dict[str, Any], users: int) -> None:
    edition = rules.choose_edition(company, known_modules()).edition
    phases = rules.roll_out(rules.likely_scenario(company, edition), modules=5, users=users)
    assert [phase.begins for phase in phases[1:]] == [phase.begins + phase.weeks for phase in phases[:-1]]
    assert sum(course.people for course in rules.courses(company, edition, users)) == users


@given(companies())
@FEW
def test_answers_survive_an_address(company: dict[str, Any]) -> None:
    assert read_answers(answers_in_query(QueryDict(query_of(company)))) == read_answers(company)


def test_conditions_of_the_files_ask_for_questions_and_options_that_exist() -> None:
    derived = {"edition", "users", "growth_percent", "budget_percent", "budget_of_low_percent", "chance_percent"}
    judged = [*judgements()["contradictions"], *judgements()["risks"]]
    conditions = [
        *(reason["when"] for reason in edition_reasons()),
        *(entry.needed for entry in module_reasons().values()),
        *(entry["when"] for entry in judged),
    ]
    for condition in conditions:
        assert questions_of(condition) <= questions().keys() | derived
        for part in [condition] if isinstance(condition, dict) else condition:
            for name, asked in part.items():
                if isinstance(asked, list) and name in questions():
                    assert set(asked) <= {key for key, _label in options_of(questions()[name])}, (name, asked)
    assert all(grows_with(reason["when"], "headcount") for reason in edition_reasons())
    assert all(grows_with(entry.needed, "headcount") for entry in module_reasons().values())


def test_condition_is_open_as_long_as_its_question_is() -> None:
    condition = {"headcount": {"from": 10}, "papers": ["quotes"]}
    assert holds(condition, {"headcount": Decimal(20)}) is None
    assert holds(condition, {"headcount": Decimal(5)}) is False
    assert holds(condition, {"headcount": Decimal(20), "papers": ("orders", "quotes")}) is True


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"headcount": 3, "departments": 20}, "departments"),
        ({"headcount": 200, "budget": 1000}, "budget_low"),
        ({"technicians": "none", "hosting": "own"}, "own_servers"),
        ({"headcount": 12, "outage": "minutes"}, "cluster_small"),
        ({"headcount": 100, "headcount_later": 10}, "shrink"),
        ({"languages": ["zh", "other"]}, "languages"),
    ],
)
def test_contradictory_answers_are_told_with_the_way_out(answers: dict[str, Any], told: str) -> None:
    found = {entry["key"]: entry for entry in advise(read_answers(answers)).contradictions}
    assert set(found[told]["way_out"]) == {"zh", "en"}


@pytest.mark.parametrize(
    ("answers", "edition", "is_needed", "is_not"),
    [
        ({"headcount": 10, "sales_process": "short", "papers": ["orders"], "leads": "known", "marketing": "none",
          "reach": "one"},
         "basic", {"customers", "orders", "opportunities", "tasks"}, {"leads", "quotes", "stock", "currencies"}),
        ({"headcount": 200, "industry": "manufacturing", "sales_process": "stages", "papers": ["quotes", "orders", "stock"]},
         "standard", {"quotes", "documents", "portal", "stock", "custom_objects"}, {"purchase", "billing"}),
        ({"headcount": 60, "papers": ["quotes", "orders", "purchasing"], "reach": "several", "sales_process": "stages"},
         "standard", {"purchase", "currencies", "stock"}, {"billing", "contracts"}),
        ({"headcount": 60, "papers": ["quotes", "orders", "purchasing"], "reach": "several", "sales_process": "complex",
          "steering": ["teams", "commissions"]},
         "standard", {"purchase", "currencies", "commissions", "opportunity_teams"}, set()),
        ({"headcount": 3000, "industry": "finance", "outage": "minutes", "integrations": ["erp", "oa"]},
         "enterprise", {"customers", "privacy"}, set()),
    ],
)  # fmt: skip
def test_three_companies_of_the_documents_get_what_fits_them(
    answers: dict[str, Any], edition: str, is_needed: set[str], is_not: set[str]
) -> None:
    told = tell(advise(read_answers(answers)))
    assert told["edition"]["key"] == edition
    assert is_needed <= {row["name"] for row in told["modules"]["needed"]}
    assert is_not <= {row["name"] for row in told["modules"]["not_needed"]}


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"headcount": 0}, "headcount"),
        ({"headcount": "many"}, "headcount"),
        ({"headcount": "Infinity"}, "headcount"),
        ({"headcount": 2.5}, "headcount"),
        ({"headcount": True}, "headcount"),
        ({"papers": ["none", "orders"]}, "papers"),
        ({"papers": {"orders": 1}}, "papers"),
        ({"hosting": "moon"}, "hosting"),
        ({"headcounts": 3}, "headcounts"),
    ],
)
def test_impossible_answers_are_refused_with_their_question(answers: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_answers(answers)
    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize("text", ["[1, 2]", "headcount: [", "x" * 70_000, "answers: 3"])
def test_file_that_holds_no_answers_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        answers_in_file(text)


def test_module_without_a_rule_is_left_for_people_to_decide() -> None:
    verdict = rules.judge_modules({}, [KnownModule("brand_new", ("standard",))])[0]
    assert (verdict.state, verdict.asks) == (rules.OPEN, ())


def test_small_company_with_service_and_marketing_is_not_sent_to_a_larger_edition() -> None:
    company = {"headcount": Decimal(8), "service": "tickets", "marketing": "regular", "leads": "some",
               "sales_process": "short", "papers": ("orders",), "steering": ("none",), "reach": "one",
               "outage": "day", "integrations": ("none",), "pricing": "one_list"}  # fmt: skip
    advice = advise(company)
    assert advice.choice.edition == "basic"
    assert set(advice.scenario.modules) == {"tickets", "campaigns", "leads"}
    with override("en"):
        told = tell(advice)
    assert [process["name"] for process in told["process"]["processes"]][-2:] == ["Customer service", "A campaign"]


def test_few_modules_alone_never_ask_for_an_enterprise_installation() -> None:
    everything = {"headcount": Decimal(30), "reach": "several", "pricing": "depth", "outage": "day",
                  "papers": ("orders", "stock", "purchasing"), "steering": ("commissions",)}  # fmt: skip
    assert rules.choose_edition(everything, known_modules()).edition == "standard"


def test_masses_of_people_are_told_to_be_beyond_experience_and_trained_at_once() -> None:
    with override("en"):
        told = tell(advise({"headcount": Decimal(999_999)}))
    assert told["roll_out"]["weeks"] < 160
    assert any("20,000" in entry["text"] for entry in told["contradictions"])


def test_open_headcount_widens_the_benefit_too() -> None:
    open_one, known = advise({}), advise({"headcount": Decimal(1000)})
    assert open_one.benefit.high >= known.benefit.high
    assert open_one.benefit.low < advise({"headcount": Decimal(2)}).benefit.low
