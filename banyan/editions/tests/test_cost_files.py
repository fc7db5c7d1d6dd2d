"""Scenarios as files and as addresses: they come back as they were, and nothing wrong is read as right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.core.kernel.errors import Invalid
from banyan.editions.cost.addresses import query_of, values_in
from banyan.editions.cost.answers import scenario_of
from banyan.editions.cost.files import document_of, from_document, from_text, scenario_from, to_text
from banyan.editions.cost.loading import EDITIONS, all_assumptions
from banyan.editions.cost.mixtures import beyond
from banyan.editions.cost.scenario import Group, Offer, Range, Scenario

#: What is hard to write into addresses and files.
WORDS = st.sampled_from(
    ["Sales", "榕树 & 合伙", "a=b+c%20#1", 'it\'s "x": y', "0123", "null", "- true", "#1", "2026-01-01", "ü\\n"]
)
SHARES = st.decimals("0", "1", places=3)
RANGES = st.tuples(SHARES, SHARES, SHARES).map(sorted).map(lambda numbers: Range(*numbers))
OFFERS = st.builds(
    Offer,
    key=st.integers(1, 9).map(lambda number: f"own_{number}"),
    name=WORDS,
    price=st.none() | st.decimals("0", "9999", places=2),
    currency=st.sampled_from(["CNY", "USD"]),
    day=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    source=st.just("") | WORDS,
)
SCENARIOS = st.builds(
    Scenario,
    headcount=st.integers(100, 20_000),
    edition=st.sampled_from(EDITIONS),
    years=st.integers(1, 10),
    growth=st.decimals("-0.5", "2", places=3),
    discount=st.decimals("0", "0.5", places=3),
    hosting=st.sampled_from(["cloud", "own"]),
    departments=st.integers(0, 60),
    customers=st.integers(1_000, 5_000_000),
    migrated=st.integers(0, 1_000),
    revenue=st.none() | st.decimals("0", "9999999999", places=2),
    dirt=st.sampled_from(["clean", "usual", "dirty"]),
    has_failover=st.booleans(),
    requests=st.decimals("0", "1000", places=1),
    ranges=st.dictionaries(st.sampled_from(["user_share", "margin", "adoption"]), RANGES, max_size=3),
    rates=st.dictionaries(st.sampled_from(["USD", "JPY"]), st.decimals("0.01", "99", places=3), max_size=2),
    trained=st.lists(st.builds(Group, WORDS, st.integers(1, 30), st.sampled_from(["none", "deep"])), max_size=3).map(tuple),
    offers=st.lists(OFFERS, max_size=3, unique_by=lambda offer: offer.key).map(tuple),
    currency=st.sampled_from(["CNY", "EUR"]),
    name=st.just("") | WORDS,
    modules=st.lists(st.sampled_from(["purchase", "quotes", "currencies", "taxes"]), unique=True).map(tuple),
).map(lambda found: replace(found, modules=beyond(found.edition, found.modules)))  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@settings(max_examples=15)
@given(SCENARIOS, st.sampled_from(["yaml", "json"]))
def test_a_file_brings_the_scenario_back(scenario: Scenario, kind: str) -> None:
    found = from_text(to_text(scenario, kind))
    assert found.scenario == scenario
    assert not found.kept_total


@settings(max_examples=15)
@given(SCENARIOS)
def test_an_address_brings_the_scenario_back(scenario: Scenario) -> None:
    assert scenario_from(values_in(dict(parse_qsl(query_of(scenario))))) == scenario


def test_an_older_version_is_carried_over() -> None:
    found = from_text(
        json.dumps({"version": 1, "headcount": "200", "growth": "10", "a_user_share": "0.4", "edition": "auto"})
    )
    assert found.is_older
    assert found.scenario == scenario_of(
        200, growth=Decimal("0.1"), ranges={"user_share": Range(*[Decimal("0.4")] * 3)}
    )


def test_another_total_than_when_it_was_kept_is_told() -> None:
    document = {**document_of(scenario_of(50)), "total_per_year": "1.00"}
    assert from_document(document).kept_total == "1.00"


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("", "file", "no file of a cost scenario"),
        ("[1, 2]", "file", "no file of a cost scenario"),
        ("{", "file", "JSON"),
        ("a: &x 1", "file", "Line 1"),
        ("format: something-else\nversion: 2", "file", "no file of a cost scenario"),
        ("format: banyan-cost-scenario\nversion: 3\nscenario: {headcount: 5}", "file", "of version 3"),
        ("format: banyan-cost-scenario\nversion: 2", "scenario", "missing"),
        ("version: 2\nscenario: {}", "headcount", "missing"),
        ("version: 2\nscenario: {headcount: 5, modules: [purchase, gold]}", "modules.gold", "no module “gold”"),
        ("version: 2\nscenario: {headcount: 5, modules: purchase}", "modules", "not what a scenario has here"),
        ("version: 2\nscenario: {headcount: 5, colour: red}", "colour", "no value of this name"),
        ("version: 2\nscenario: {headcount: many}", "headcount", "no number"),
        ("version: 2\nscenario: {headcount: 5, growth: nan}", "growth", "no number"),
        ("version: 2\nscenario: {headcount: 1000001}", "headcount", "1 to 1,000,000"),
        ("version: 2\nscenario: {headcount: 5, edition: gold}", "edition", "no edition"),
        ("version: 2\nscenario: {headcount: 5, departments: 6}", "departments", "more departments than people"),
        ("version: 2\nscenario: {headcount: 5, customers: 1, migrated: 2}", "migrated", "taken over than will be kept"),
        ("version: 2\nscenario: {headcount: 5, migrated: 2, sources: 0}", "sources", "from no system"),
        ("version: 2\nscenario: {headcount: 5, assumptions: {group_size: [0, 0, 0]}}", "assumptions.group_size", "between 1"),
        ("version: 2\nscenario: {headcount: 5, assumptions: {user_share: [2, 1, 3]}}", "assumptions.user_share", "rise from zero"),
        ("version: 2\nscenario: {headcount: 5, assumptions: {luck: [1, 1, 1]}}", "assumptions.luck", "no assumption"),
        ("version: 2\nscenario: {headcount: 5, rates: {USD: 0}}", "rates.USD", "above zero"),
        ("version: 2\nscenario: {headcount: 5, rates: {DOLLAR: 1}}", "rates.DOLLAR", "above zero"),
        ("version: 2\nscenario: {headcount: 5, offers: [{key: a, name: A}, {key: a, name: B}]}", "offers", "the same key"),
        ("version: 2\nscenario: {headcount: 5, currency: XYZ}", "currency", "no rate for “XYZ”"),
        ("version: 2\nscenario: {headcount: 5, offers: [{name: A, price: -1}]}", "offers.own_1", "zero to a million"),
        ("version: 2\nscenario: {headcount: 5, offers: [{name: A, date: soon}]}", "offers.1", "no date"),
        ("version: 2\nscenario: {headcount: 5, trained: [{department: A, people: 9, depth: deep}]}", "trained", "9 people are trained"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_reckoned(text: str, field: str, said: str) -> None:
    with pytest.raises(Invalid) as refused, translation.override("en"):
        from_text(text)
    assert field in [error.field for error in refused.value.errors]
    with translation.override("en"):
        assert said in str(refused.value.message)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        scenario_from({"headcount": "x", "years": "y", "growth": "z"})
    assert len(refused.value.errors) == 3


def test_every_assumption_may_stand_in_an_address() -> None:
    sent = {"headcount": "200", **{f"a_{key}": str(entry.unit.most) for key, entry in all_assumptions().items()}}
    assert scenario_from(values_in(sent)).ranges.keys() == all_assumptions().keys()
