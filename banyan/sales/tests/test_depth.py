"""Probability, forecast category, history, put-off dates and signs of risk of opportunities."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.products.public import replace_lines
from banyan.sales.models import Opportunity, OpportunityState, RiskLimits
from banyan.sales.public import states_at
from banyan.sales.reactions import refresh_risks
from banyan.sales.services.pipelines import lose_opportunity, win_opportunity
from banyan.sales.tests.conftest import Selling


def test_probability_and_category_follow_the_stage_until_somebody_knows_better(selling: Selling) -> None:
    first, second, _quoted, negotiation, *_closed = selling.stages
    deal = selling.opportunity(amount="1000", stage=first.pk)
    assert (deal.probability, deal.forecast_category, deal.weighted_amount) == (10, "pipeline", Decimal("100.00"))

    selling.change(deal, probability=60, forecast_category="commit")
    assert (deal.is_probability_own, deal.is_category_own, deal.weighted_amount) == (True, True, Decimal("600.00"))

    selling.change(deal, stage=second.pk)
    assert (deal.probability, deal.is_probability_own) == (30, False)
    assert (deal.forecast_category, deal.is_category_own) == ("commit", True)

    selling.change(deal, forecast_category=None)
    assert (deal.forecast_category, deal.is_category_own) == ("pipeline", False)
    selling.change(deal, stage=negotiation.pk)
    assert deal.forecast_category == "commit"
    win_opportunity(selling.actor, deal.pk)
    deal.refresh_from_db()
    assert (deal.probability, deal.forecast_category) == (100, "closed")


def test_open_opportunity_cannot_be_called_closed_and_no_amount_is_negative(selling: Selling) -> None:
    deal = selling.opportunity()
    for wrong in ({"forecast_category": "closed"}, {"amount": "-1"}, {"probability": 101}, {"amount": "1e20"}):
        with pytest.raises(Invalid):
            selling.change(deal, **wrong)


def test_probability_of_a_stage_changed_in_the_settings_reaches_open_opportunities(selling: Selling) -> None:
    first = selling.stages[0]
    usual, own = selling.opportunity(amount="100"), selling.opportunity(amount="100", probability=77)

    door.update(selling.actor, spec_for(selling.actor.organization, "stage"), first.pk, {"probability": 55})

    usual.refresh_from_db()
    own.refresh_from_db()
    assert (usual.probability, usual.forecast_category) == (55, "best_case")
    assert own.probability == 77
    assert OpportunityState.objects.get(opportunity=usual, until=None).probability == 55


def test_history_has_a_row_for_every_state_and_none_in_the_recycle_bin(selling: Selling) -> None:
    deal = selling.opportunity(amount="1000", expected_close_on="2027-01-10")
    before = now()
    selling.change(deal, amount="800")
    selling.change(deal, notes="Nothing that counts")
    selling.change(deal, stage=selling.stages[1].pk, expected_close_on="2027-03-10")

    rows = list(OpportunityState.objects.filter(opportunity=deal).order_by("since"))
    assert [row.amount for row in rows] == [Decimal(1000), Decimal(800), Decimal(800)]
    assert [row.until for row in rows] == [rows[1].since, rows[2].since, None]
    assert states_at(before).get(opportunity=deal).amount == Decimal(1000)
    deal.refresh_from_db()
    assert deal.pushed_count == 1
    assert {"close_pushed"}.isdisjoint(deal.risks)

    recycle.delete(selling.actor, spec_for(selling.actor.organization, "opportunity"), [deal.pk])
    assert not OpportunityState.objects.filter(opportunity=deal, until=None).exists()


def test_signs_of_risk_come_and_go_with_what_they_are_made_of(selling: Selling) -> None:
    day = today(selling.actor.time_zone)
    deal = selling.opportunity(amount="1000", stage=selling.stages[2].pk)
    assert deal.risks == ["no_close_date", "no_next_step", "no_decision_maker"]

    selling.change(deal, expected_close_on=str(day - timedelta(days=1)), next_step="Call", amount="700")
    assert deal.risks == ["close_passed", "no_decision_maker", "amount_shrank"]

    contact = selling.make("contact", name="Li Lei")
    selling.make("opportunity_contact", opportunity=deal.pk, contact=contact.pk, role="decision_maker")
    selling.change(deal, expected_close_on=str(day + timedelta(days=9)))
    selling.change(deal, expected_close_on=str(day + timedelta(days=19)))
    assert deal.risks == ["close_pushed", "amount_shrank"]

    lose_opportunity(selling.actor, deal.pk, reason="price")
    deal.refresh_from_db()
    assert deal.risks == []


def test_silence_is_a_sign_until_somebody_speaks_to_the_customer(selling: Selling) -> None:
    customer = selling.make("customer", name="Acme")
    deal = selling.opportunity(customer=customer.pk, next_step="Call", expected_close_on="2099-01-01")
    Opportunity.objects.filter(pk=deal.pk).update(created_at=now() - timedelta(days=40))
    refresh_risks(selling.actor.organization_id, [deal.pk])
    deal.refresh_from_db()
    assert deal.risks == ["quiet"]

    selling.make("activity", customer=customer.pk, text="Spoke to them")

    deal.refresh_from_db()
    assert deal.risks == []
    RiskLimits.objects.create(organization=selling.actor.organization, wants_next_step=False, quiet_days=0)


def test_amount_is_the_sum_of_lines_and_history_follows(selling: Selling) -> None:
    deal = selling.opportunity(amount="1")
    lines = [{"name": "Machine", "quantity": "2", "unit_price": "500"}, {"name": "Service", "unit_price": "250"}]

    replace_lines(selling.actor, "opportunity", deal.pk, lines)

    deal.refresh_from_db()
    assert (deal.amount, deal.weighted_amount) == (Decimal(1250), Decimal(125))
    assert OpportunityState.objects.get(opportunity=deal, until=None).amount == Decimal(1250)
    with pytest.raises(Invalid):
        selling.change(deal, amount="9")
