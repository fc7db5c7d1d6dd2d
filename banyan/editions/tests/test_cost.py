"""What a CRM costs: rules that hold for every company, and the ranges of the three sizes."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.cli.cost import cost
from banyan.core.kernel.errors import Invalid
from banyan.editions.cost.answers import answer, converted, estimate_in, scenario_of
from banyan.editions.cost.capacity import Demand, plan
from banyan.editions.cost.loading import EDITIONS, assumptions, measured, price_book
from banyan.editions.cost.model import (
    PARTS,
    cents,
    drivers,
    estimate,
    licence,
    means,
    ranges_of,
    recommended_edition,
)
from banyan.editions.cost.scenario import Range, Scenario


def _possible(migrated: int, customers: int, headcount: int, departments: int, **given) -> Scenario:
    return Scenario(
        headcount=headcount,
        customers=customers,
        migrated=min(migrated, customers),
        departments=min(departments, headcount),
        **given,
    )


SCENARIOS = st.builds(
    _possible,
    headcount=st.integers(1, 20_000),
    edition=st.sampled_from(EDITIONS),
    years=st.integers(1, 10),
    growth=st.decimals("-0.2", "0.5", places=2),
    hosting=st.sampled_from(["cloud", "own"]),
    departments=st.integers(0, 60),
    integrations=st.integers(0, 10),
    training=st.sampled_from(["none", "short", "normal", "deep"]),
    customers=st.integers(0, 5_000_000),
    migrated=st.integers(0, 5_000_000),
    has_failover=st.booleans(),
)


def estimated(scenario: Scenario):
    return estimate(scenario, assumptions(), price_book()[scenario.edition]["CNY"], measured())


@settings(max_examples=12)
@given(SCENARIOS)
def test_parts_sum_to_the_whole_and_the_range_holds_it(scenario: Scenario):
    found = estimated(scenario)
    assert tuple(found.parts) == PARTS
    assert sum(found.per_year.values()) == found.likely
    assert found.low <= found.likely <= found.high
    assert all(amount >= 0 for amounts in found.parts.values() for amount in amounts)
    assert estimated(scenario) == found


@settings(max_examples=12)
@given(SCENARIOS, st.integers(1, 3_000))
def test_more_people_never_cost_less_under_the_same_edition(scenario: Scenario, more: int):
    larger = Scenario(**{**scenario.__dict__, "headcount": scenario.headcount + more})
    assert estimated(larger).likely >= estimated(scenario).likely


@given(st.sampled_from(EDITIONS), st.decimals("0", "20000", places=2), st.decimals("0", "500", places=2))
def test_one_more_user_never_makes_the_licence_cheaper(edition: str, users: Decimal, more: Decimal):
    brackets = price_book()[edition]["CNY"]
    assert licence(users + more, brackets) >= licence(users, brackets) >= 0


@settings(max_examples=10)
@given(SCENARIOS, st.sampled_from(["0.14", "0.128", "7"]))
def test_another_currency_leads_back_within_cents(scenario: Scenario, rate: str):
    found = estimated(scenario)
    there = converted(found, Decimal(rate))
    back = converted(there, 1 / Decimal(rate))
    cells = len(PARTS) * scenario.years
    assert sum(there.per_year.values()) == there.likely
    assert abs(back.likely - found.likely) <= Decimal("0.01") * cells / min(Decimal(1), Decimal(rate))


@pytest.mark.parametrize(
    ("headcount", "edition", "least", "most"),
    [(1, "basic", 300, 9_999), (10, "basic", 300, 9_999), (20, "basic", 300, 9_999),
     (50, "standard", 20_000, 999_999), (200, "standard", 20_000, 999_999), (500, "standard", 20_000, 999_999),
     (1_000, "enterprise", 200_000, 9_999_999), (3_000, "enterprise", 200_000, 9_999_999)],
)  # fmt: skip
def test_the_three_sizes_cost_what_the_requirements_say(headcount: int, edition: str, least: int, most: int):
    found = answer(scenario_of(headcount))
    assert found["edition"] == edition
    assert least <= found["total_per_year"]["low"] <= found["total_per_year"]["high"] <= most


def test_a_module_on_top_costs_its_set_up_and_the_hours_in_which_people_learn_it():
    without, one, two = (scenario_of(12, modules=names) for names in ((), ("quotes",), ("quotes", "leads")))
    served = scenario_of(12, modules=("documents", "customers"))
    for name in ("licence", "configuration", "internal_time"):
        costs = [estimated_in_full(scenario)[name][0] for scenario in (without, one, two)]
        assert costs[0] < costs[1] < costs[2], name
    assert estimated_in_full(served) == estimated_in_full(without)
    own = [estimated_in_full(scenario_of(12, hosting="own", modules=names)) for names in ((), ("quotes",))]
    assert own[0]["licence"] == own[1]["licence"]
    assert own[0]["configuration"] < own[1]["configuration"]
    days = means(ranges_of(without, assumptions()))
    set_up = estimated_in_full(one)["configuration"][0] - estimated_in_full(without)["configuration"][0]
    assert set_up == cents(days["module_days"] * days["consultant_day"])


def estimated_in_full(scenario: Scenario):
    return estimate_in(scenario).parts


def test_strongest_driver_comes_first_and_a_known_number_is_none():
    scenario = scenario_of(200)
    known = Scenario(**{**scenario.__dict__, "ranges": {"user_share": Range(*[Decimal("0.5")] * 3)}})
    first, *others = drivers(scenario, assumptions(), price_book()["standard"]["CNY"], measured())
    assert first.key == "user_share"
    assert all(first.swing >= other.swing for other in others)
    left = drivers(known, assumptions(), price_book()["standard"]["CNY"], measured())
    assert "user_share" not in {driver.key for driver in left}


@given(st.integers(1, 20_000), st.integers(0, 5_000_000), st.integers(0, 5_000), st.booleans())
def test_capacity_grows_with_what_is_asked_and_a_node_may_fail(users: int, customers: int, more: int, failover: bool):  # noqa: FBT001
    small = plan(Demand(users, customers, has_failover=failover), measured())
    large = plan(Demand(users + more, customers + more, has_failover=failover), measured())
    assert large.cores >= small.cores
    assert large.memory_gb >= small.memory_gb
    assert large.storage_gb >= small.storage_gb
    if failover:
        alone = plan(Demand(users, customers), measured())
        left = small.cores - math.ceil(small.cores / small.nodes)
        assert left >= alone.cores


@pytest.mark.parametrize(
    ("given", "field"),
    [({"headcount": 0}, "headcount"), ({"headcount": 1_000_001}, "headcount"), ({"headcount": 5, "years": 11}, "years"),
     ({"headcount": 5, "departments": -1}, "departments"),
     ({"headcount": 5, "edition": "gold"}, "edition")],
)  # fmt: skip
def test_impossible_companies_are_refused_by_field(given: dict[str, object], field: str):
    with pytest.raises(Invalid) as refused:
        scenario_of(**given)  # type: ignore[arg-type]
    assert [error.field for error in refused.value.errors] == [field]


def test_currency_without_a_rate_is_refused():
    with pytest.raises(Invalid) as refused:
        answer(scenario_of(10), "XYZ")
    assert "XYZ" in str(refused.value.errors[0].message)


def test_a_range_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no range"):
        Range(Decimal(2), Decimal(1), Decimal(3))


def test_smallest_edition_that_serves_is_recommended():
    assert [recommended_edition(heads) for heads in (1, 20, 21, 500, 501)] == [
        "basic", "basic", "standard", "standard", "enterprise",
    ]  # fmt: skip
    assert recommended_edition(5, ["pipeline"]) == "standard"
    assert recommended_edition(50, ["erp"]) == "enterprise"


def test_command_prints_the_contract(monkeypatch: pytest.MonkeyPatch):
    printed = CliRunner().invoke(cost, ["--headcount", "10", "--json"])
    found = json.loads(printed.output)
    assert {"edition", "currency", "years", "total_per_year", "parts"} <= found.keys()
    assert found["total_per_year"].keys() == {"low", "likely", "high"}
    refused = CliRunner().invoke(cost, ["--headcount", "0"])
    assert refused.exit_code == 1
    assert "1 to 1,000,000" in refused.output


def test_command_takes_every_option_keeps_a_file_and_reads_it_back(tmp_path: Path):
    kept, book = tmp_path / "plan.yaml", tmp_path / "plan.xlsx"
    run = CliRunner().invoke(
        cost,
        ["--headcount", "200", "--growth", "10", "--discount", "8", "--trained", "Sales:40:deep", "--assume", "user_share=0.4",
         "--rate", "usd=0.15", "--currency", "usd", "--no-failover", "--dirt", "dirty", "--name", "Plan",
         "--save", str(kept), "--xlsx", str(book), "--json"],
    )  # fmt: skip
    first = json.loads(run.output)
    assert (first["currency"], first["headcount"]) == ("USD", 200)
    assert book.read_bytes().startswith(b"PK")
    again = json.loads(CliRunner().invoke(cost, ["--scenario", str(kept), "--json"]).output)
    assert again == first
    larger = CliRunner().invoke(cost, ["--scenario", str(kept), "--headcount", "300", "--compare", str(kept), "--json"])
    assert [found["headcount"] for found in json.loads(larger.output)] == [300, 200]
    assert "Plan" in CliRunner().invoke(cost, ["--scenario", str(kept)]).output
    more = CliRunner().invoke(cost, ["--headcount", "10", "--module", "quotes", "--json"])
    assert json.loads(more.output)["single_modules"][-1] == "quotes"
    assert "quotes" in CliRunner().invoke(cost, ["--headcount", "10", "--module", "quotes"]).output
    assert "user_share: " in CliRunner().invoke(cost, ["--headcount", "5", "--assumptions"]).output


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "--headcount"),
        (["--headcount", "5", "--growth", "much"], 2, "no number"),
        (["--headcount", "5", "--module", "dragon"], 1, "dragon"),
        (["--headcount", "5", "--assume", "luck=1"], 1, "assumptions.luck"),
        (["--headcount", "5", "--assume", "user_share"], 2, "no “=”"),
        (["--headcount", "5", "--trained", "Sales"], 2, "DEPARTMENT:PEOPLE:DEPTH"),
        (["--headcount", "5", "--currency", "XYZ"], 1, "XYZ"),
    ],
)
def test_command_says_what_is_wrong(options: list[str], code: int, said: str):
    run = CliRunner().invoke(cost, options)
    assert (run.exit_code, said in run.output) == (code, True)
