"""What a sales team knows of its open deals: when and for how much they close, who decides, who else is in the race."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now, today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.products.public import Product
from banyan.sales.choices import Outcome
from banyan.sales.public import (
    MemberDraft,
    Opportunity,
    OpportunityState,
    RivalDraft,
    save_competitor,
    save_competitors,
    save_team,
)

WORKED_ON = 160
DEEPLY = 8
SEED = 20261126
STEPS = (
    "Send the revised offer",
    "Visit with the technician",
    "Call the buyer",
    "Demo for the users",
    "Agree on terms",
)
COMPETITORS: tuple[dict[str, Any], ...] = (
    {"name": "Northwind Devices", "strengths": "Cheapest list prices, many resellers", "weaknesses": "Slow service, "
     "spare parts take weeks", "notes": "Show the cost over three years; bring a reference from the same trade."},
    {"name": "Apex Instruments", "strengths": "Known brand, strong with large accounts", "weaknesses": "Rigid bundles, "
     "no local stock", "notes": "Offer a pilot with two units and delivery within a week."},
    {"name": "Own development", "strengths": "No purchase needed", "weaknesses": "Nobody maintains it", "notes": ""},
)  # fmt: skip
PEOPLE = (
    ("Hannah Reed", "Managing director", "decision_maker", "high", "1", None),
    ("Paul Ortiz", "Head of purchasing", "gatekeeper", "medium", "0", 0),
    ("Grace Kim", "Head of operations", "champion", "high", "2", 0),
    ("Victor Lang", "Shift leader", "user", "low", "1", 2),
    ("Ida Novak", "Controller", "blocker", "medium", "-1", 0),
)


def work_on_opportunities(actor: Actor) -> None:
    """Give the newest open deals amounts, days and next steps, some of them people, teams and competitors."""
    chance = random.Random(SEED)  # noqa: S311 a demo that is the same each time
    spec = spec_for(actor.organization, "opportunity")
    rows = list(
        Opportunity.objects.filter(outcome=Outcome.OPEN, deleted_at__isnull=True, customer__isnull=False).order_by(
            F("started_on").desc(nulls_last=True), "number"
        )[:WORKED_ON]
    )
    prices = dict(Product.objects.values_list("name", "price"))
    day = today(actor.time_zone)
    changes = {row.pk: _known(row, prices, day, chance) for row in rows}
    door.update_many(actor, spec, changes)
    for values in COMPETITORS:
        save_competitor(actor, None, {**values, "website": "", "is_active": True})
    for row in rows[:DEEPLY]:
        _work_deeply(actor, row, chance)
    _remember(rows, chance)


def _known(row: Opportunity, prices: dict[str, Decimal | None], day: Any, chance: random.Random) -> dict[str, Any]:
    units = chance.choice((1, 1, 2, 3, 5, 8))
    price = prices.get(row.product) or Decimal(900)
    known: dict[str, Any] = {"amount": str(price * units)}
    if chance.random() < 0.9:
        known["expected_close_on"] = (day + timedelta(days=chance.randint(-12, 190))).isoformat()
    if chance.random() < 0.6:
        known["next_step"] = chance.choice(STEPS)
        known["next_step_on"] = (day + timedelta(days=chance.randint(-4, 20))).isoformat()
    return known


def _work_deeply(actor: Actor, row: Opportunity, chance: random.Random) -> None:
    contacts = [
        door.create(
            actor,
            spec_for(actor.organization, "contact"),
            {"name": name, "job_title": title, "customer": row.customer_id, "owner": row.owner_id},
        ).pk
        for name, title, *_part in PEOPLE
    ]
    spec = spec_for(actor.organization, "opportunity_contact")
    people = [
        {
            "opportunity": row.pk,
            "contact": contact,
            "role": role,
            "influence": influence,
            "attitude": attitude,
            "reports_to": contacts[boss] if boss is not None else None,
        }
        for contact, (_name, _title, role, influence, attitude, boss) in zip(contacts, PEOPLE, strict=True)
    ]
    door.create_many(actor, spec, people)
    rivals = chance.sample([str(entry["name"]) for entry in COMPETITORS], 2)
    save_competitors(actor, row.pk, [RivalDraft(name, threat=chance.choice(("high", "medium"))) for name in rivals])
    helper = _colleague(row)
    if helper is not None:
        save_team(actor, row.pk, [MemberDraft(helper, "Presales", Decimal(20))])


def _colleague(row: Opportunity) -> uuid.UUID | None:
    others = Opportunity.objects.filter(customer=row.customer_id, owner__is_active=True).exclude(owner=row.owner_id)
    return others.order_by("number").values_list("owner_id", flat=True).first()


def _remember(rows: Sequence[Opportunity], chance: random.Random) -> None:
    """Let the deals have a past: the files say only how they are now."""
    at = now()
    OpportunityState.objects.update(since=F("since") - timedelta(days=120), until=F("until") - timedelta(days=119))
    ids = [row.pk for row in rows]
    OpportunityState.objects.filter(opportunity_id__in=ids, until__isnull=False).delete()
    earlier = []
    for state in OpportunityState.objects.filter(opportunity_id__in=ids):
        fate = chance.random()
        if fate < 0.6:
            continue
        since, state.since = state.since, at - timedelta(days=chance.randint(1, 12))
        if fate < 0.68:  # It is new.
            state.save(update_fields=["since"])
            continue
        close = state.expected_close_on
        earlier.append(
            OpportunityState(
                organization_id=state.organization_id,
                opportunity_id=state.opportunity_id,
                since=since,
                until=state.since,
                pipeline_id=state.pipeline_id,
                stage_id=state.stage_id,
                outcome=state.outcome,
                amount=(state.amount or Decimal(0)) * chance.choice((Decimal(1), Decimal("1.5"), Decimal("0.5"))),
                currency=state.currency,
                probability=state.probability,
                forecast_category=state.forecast_category,
                expected_close_on=close - timedelta(days=chance.choice((0, 30, 60))) if close else None,
                owner_id=state.owner_id,
            )
        )
        state.save(update_fields=["since"])
    OpportunityState.objects.bulk_create(earlier)
