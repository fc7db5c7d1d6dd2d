"""What a CRM brings and what an unsuitable one costs: readable formulas, payback, and figures that hold together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.core.kernel.errors import Invalid
from banyan.editions.adviser.advising import advise
from banyan.editions.cost.answers import (
    answer,
    benefit_of,
    capacity_of,
    comparison,
    estimate_in,
    formula_text,
    misfits_of,
    offers_of,
    scenario_of,
)
from banyan.editions.cost.benefit import factors, payback, rate_of_return, worked_out
from banyan.editions.cost.charts import parts_by_headcount, per_head, tornado
from banyan.editions.cost.loading import (
    all_assumptions,
    assumptions,
    benefits,
    fact_labels,
    known_offers,
    measured,
    misfits,
    write_measured,
)
from banyan.editions.cost.model import PARTS, present_value
from banyan.editions.cost.scenario import DIRT, Group, Offer, Range

NOTHING = Range(Decimal(0), Decimal(0), Decimal(0))
MONEY = st.decimals("0", "1000000", places=2)


def test_formula_is_reckoned_as_it_reads() -> None:
    names = {"users": Decimal(100), "minutes": Decimal(12), "wage": Decimal(50)}
    assert worked_out("users * minutes / 60 * wage", names) == 1000
    words, figures = formula_text("users * minutes_saved / 60", scenario_of(200))
    assert words.count("×") == 1
    assert figures.startswith("106.7 × ")


@pytest.mark.parametrize("formula", ["users + 1", "users * (2)", "users ** 2", "users *"])
def test_formula_that_is_no_product_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match="no product"):
        factors(formula)


def test_every_formula_knows_its_factors() -> None:
    known = {*all_assumptions(), *fact_labels()}
    for effect in (*benefits(), *misfits()):
        names = {name for _sign, name in factors(effect.formula) if not name[0].isdigit()}
        assert names <= known, effect.key


def test_every_assumption_says_where_it_comes_from_in_both_languages() -> None:
    for entry in all_assumptions().values():
        assert entry.source["en"] and entry.source["zh"] and entry.labels["en"] and entry.labels["zh"]  # noqa: PT018
        assert all(entry.unit.least <= one.low <= one.high <= entry.unit.most for one in entry.ranges.values()), (
            entry.key
        )


@settings(max_examples=4)
@given(st.integers(1, 3_000), st.integers(1, 10), st.sampled_from(["CNY", "USD"]))
def test_gains_sum_to_the_benefit_and_lie_in_their_range(heads: int, years: int, currency: str) -> None:
    scenario = scenario_of(heads, years=years, currency=currency)
    found, cost = benefit_of(scenario), estimate_in(scenario)
    assert sum(gain.per_year for gain in found.gains.values()) == found.likely
    assert found.low <= found.likely <= found.high
    assert found.net_low <= found.net_present_value <= found.net_high
    assert 0 <= found.chance <= 1
    assert len(found.flows) == years + 1
    # What stands in the table of costs is what is weighed against the benefit.
    apart = present_value([Decimal(0), *found.totals], scenario.discount) - cost.present_value
    assert abs(apart - found.net_present_value) < Decimal("0.01") * years * 40 / Decimal("0.14")


@given(st.lists(st.tuples(MONEY, MONEY), min_size=1, max_size=10), MONEY)
def test_payback_is_the_first_month_without_debt(flows: list[tuple[Decimal, Decimal]], once: Decimal) -> None:
    paid = [cost + (once if year == 0 else 0) for year, (cost, _gain) in enumerate(flows)]
    gained = [gain for _cost, gain in flows]
    months = payback(paid, gained, once)
    net, debt = Decimal(0), []
    for cost, gain in flows:
        net += gain - cost
        debt.append(once - net)
    if months is None:
        assert all(left > 0 for left in debt)
    else:
        assert 0 <= months <= 12 * len(flows)


def test_rate_of_return_only_where_there_is_one() -> None:
    assert rate_of_return([Decimal(-100), Decimal(110)]) == Decimal("0.1")
    assert rate_of_return([Decimal(100), Decimal(50)]) is None
    assert rate_of_return([Decimal(-10), Decimal(50), Decimal(-60)]) is None
    assert rate_of_return([Decimal(0), Decimal(0)]) is None


def test_without_effect_nothing_is_gained_and_nothing_pays_back() -> None:
    scenario = replace(scenario_of(50), ranges={"adoption": NOTHING}, replaced=0)
    found = benefit_of(scenario)
    assert found.likely == 0
    assert (found.payback_months, found.rate, found.chance) == (None, None, 0)


def test_own_figures_count_in_benefits_as_in_costs() -> None:
    usual, richer = scenario_of(200), scenario_of(200, revenue=Decimal(1_000_000_000))
    assert benefit_of(richer).gains["more_conversion"].per_year > benefit_of(usual).gains["more_conversion"].per_year
    assert benefit_of(richer).gains["time_saved"] == benefit_of(usual).gains["time_saved"]


def test_an_unsuitable_edition_costs_work_arounds_or_functions_nobody_uses() -> None:
    small, large = misfits_of(scenario_of(200))
    assert (small.edition, small.kind, large.edition, large.kind) == ("basic", "too_small", "enterprise", "too_large")
    assert small.items["workarounds"] > 0 < small.saved
    assert {"unused_licence", "unused_training"} <= large.items.keys()
    assert small.net == sum(small.items.values()) - small.saved
    assert [one.edition for one in misfits_of(scenario_of(5))] == ["standard"]
    assert [one.edition for one in misfits_of(scenario_of(5_000))] == ["standard"]


def test_training_by_department_and_dirt_of_data_change_their_part_alone() -> None:
    usual = scenario_of(200)
    deeper = replace(usual, trained=(Group("Sales", 60, "deep"),))
    dirty = [estimate_in(replace(usual, dirt=dirt)).per_year["data_migration"] for dirt in DIRT]
    assert estimate_in(deeper).per_year["training"] > estimate_in(usual).per_year["training"]
    assert estimate_in(deeper).per_year["licence"] == estimate_in(usual).per_year["licence"]
    assert dirty == sorted(set(dirty))


def test_once_and_running_make_the_whole() -> None:
    found = estimate_in(scenario_of(300, years=5, growth=Decimal("0.1")))
    assert sum(found.one_off.values()) + sum(found.running) == sum(found.totals)


def test_other_vendors_have_a_day_a_source_and_a_remark_or_no_price() -> None:
    for offer in known_offers().values():
        assert offer.source.startswith("https://")
        assert (offer.price is None) == (offer.day is None)
    scenario = scenario_of(200)
    for one in offers_of(scenario):
        assert (one.year is None) == (one.offer.price is None or one.offer.currency == "INR")
        assert one.remark
    rupees = replace(scenario, rates={"INR": Decimal("12.5")})
    assert next(one for one in offers_of(rupees) if one.offer.key == "zoho").year == Decimal("143360.00")
    own = Offer("own_1", "Acme", Decimal(55), "CNY")
    mine = offers_of(replace(scenario, offers=(own,)))[-1]
    assert mine.year == Decimal("70400.00")
    unknown = offers_of(replace(scenario, offers=(replace(own, currency="XYZ"),)))[-1]
    assert unknown.year is None
    assert "XYZ" in unknown.remark


def test_two_to_four_scenarios_are_compared_in_one_currency() -> None:
    one, other = scenario_of(100), scenario_of(100, currency="USD", hosting="own")
    columns = comparison([one, other])
    assert {column["currency"] for column in columns} == {"CNY"}
    assert columns[0]["cost"] == estimate_in(one)
    for wrong in ([one], [one] * 5):
        with pytest.raises(Invalid):
            comparison(wrong)


def test_curves_show_the_steps_between_editions_and_every_part() -> None:
    curve = per_head(scenario_of(200), "CNY")
    assert len(curve["steps"]) == 2
    assert "20" in curve["steps"][0]
    assert "21" in curve["steps"][0]
    assert [row[0] for row in curve["table"]["rows"]][-1] == "10,000"
    growth = parts_by_headcount(scenario_of(200, hosting="own"), "CNY")
    assert len(growth["table"]["rows"]) == len(PARTS) - 1  # the licence costs nothing there
    assert not tornado(scenario_of(5), [], Decimal(1), "CNY")["table"]["rows"]


def test_capacity_is_of_the_year_with_most_users_and_says_what_it_rests_on(tmp_path, settings) -> None:
    shrinking, growing = (capacity_of(scenario_of(3_000, growth=Decimal(growth))) for growth in ("-0.2", "0.3"))
    assert growing.users > shrinking.users
    assert growing.single.nodes == 1 < growing.cluster.nodes
    assert growing.unknown
    settings.CONFIGURATION = replace(settings.CONFIGURATION, home=tmp_path)
    before, company = capacity_of(scenario_of(9_000)).single.cores, {"headcount": Decimal(9_000)}
    advised = advise(company)
    assert advise(company) is advised
    written = write_measured(None, "64 cores", {"request_milliseconds": 900.0}, date(2026, 11, 26))
    assert capacity_of(scenario_of(9_000)).single.cores > before
    assert capacity_of(scenario_of(9_000)).machine == "64 cores"
    assert advise(company).capacity.machine == "64 cores"
    assert "backup_share" in measured()["since"]
    written.write_text("request_milliseconds: many\n", encoding="utf-8")
    assert capacity_of(scenario_of(9_000)).single.cores == before


def test_answer_for_programs_has_all_of_it() -> None:
    found = answer(scenario_of(200), "EUR")
    assert sum(found["parts"].values()) == pytest.approx(found["total_per_year"]["likely"])
    assert set(found["parts"]) == set(PARTS)
    assert {"benefit", "unsuitable", "offers", "capacity", "drivers", "one_off"} <= found.keys()
    assert found["drivers"][0]["assumption"] in assumptions()
