"""Which campaign worked: whom it reached, who responded, and what was sold to them afterwards.

A touch is a response. An opportunity counts for the campaigns that its customer responded to in the year before it was
opened: whole for the first of them, and, beside that, in even shares for all of them. Everybody sees the sum of what
they may see.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.web.menu import may
from banyan.core.web.presenting import presenter_for
from banyan.leads.public import LeadStatus
from banyan.marketing.models import CampaignMember
from banyan.marketing.rules import Touch, shares, touches_before
from banyan.money.public import places_of

QUALIFIED = (LeadStatus.QUALIFIED.value, LeadStatus.CONVERTED.value)
WON, LOST = "won", "lost"
COUNTS = {
    "members": Q(),
    "reached": Q(reached_at__isnull=False) | Q(responded_at__isnull=False),
    "clicked": Q(clicked_at__isnull=False),
    "responded": Q(responded_at__isnull=False),
    "unsubscribed": Q(unsubscribed_at__isnull=False),
    "not_allowed": Q(state="not_allowed"),
    "failed": Q(state="failed"),
}
Money = dict[str, Decimal]


@dataclass
class Figures:
    """What a campaign, or a part of it, came to; amounts are by currency."""

    members: int = 0
    reached: int = 0
    clicked: int = 0
    responded: int = 0
    unsubscribed: int = 0
    not_allowed: int = 0
    failed: int = 0
    leads: int = 0
    qualified: int = 0
    opportunities: int = 0
    won: int = 0
    first_won: Money = field(default_factory=dict)
    shared_won: Money = field(default_factory=dict)


@dataclass(frozen=True)
class Deal:
    """An opportunity as far as somebody may see it; no amount where that is hidden from them."""

    pk: uuid.UUID
    customer_id: uuid.UUID
    opened_on: date
    outcome: str
    amount: Decimal
    currency: str


def figures_of(actor: Actor, campaign_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Figures]:
    """Return what campaigns came to that somebody may see; five queries, whatever their number."""
    found = {pk: Figures() for pk in campaign_ids}
    if not found:
        return found
    for row in counted(CampaignMember.objects.filter(campaign_id__in=campaign_ids), "campaign_id"):
        figures = found[row.pop("campaign_id")]
        for name, count in row.items():
            setattr(figures, name, count)
    _count_leads(actor, found)
    _count_deals(actor, found)
    return found


def by_segment(campaign_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return how many members of each segment a campaign reached, and how many of them responded."""
    rows = counted(CampaignMember.objects.filter(campaign_id=campaign_id), "segment__name")
    return sorted(rows, key=lambda row: -row["members"])


def counted(rows: Any, *names: str) -> list[dict[str, Any]]:
    """Return members counted by how far they came, for each value of some columns; one query."""
    numbers = {name: Count("pk", filter=condition) if condition else Count("pk") for name, condition in COUNTS.items()}
    return list(rows.order_by().values(*names).annotate(**numbers))


def _count_leads(actor: Actor, found: dict[uuid.UUID, Figures]) -> None:
    spec = specs_on(actor.organization).get("lead")
    if spec is None or not may(actor, spec, Action.VIEW):
        return
    rows: Any = CampaignMember.objects.filter(campaign_id__in=list(found), responded_at__isnull=False)
    pairs = {
        (campaign_id, lead_id)
        for campaign_id, *leads in rows.values_list("campaign_id", "made_lead_id", "lead_id").order_by()
        for lead_id in leads
        if lead_id is not None
    }
    seen = restrict(live_rows(actor, spec), actor, spec).filter(pk__in={lead_id for _campaign, lead_id in pairs})
    statuses = dict(seen.values_list("pk", "status")) if pairs else {}
    for campaign_id, lead_id in pairs:
        if lead_id in statuses:
            found[campaign_id].leads += 1
            found[campaign_id].qualified += statuses[lead_id] in QUALIFIED


def _count_deals(actor: Actor, found: dict[uuid.UUID, Figures]) -> None:
    touches = _touches(actor)
    customers = {pk for pk, own in touches.items() if any(touch.campaign_id in found for touch in own)}
    for deal in _deals(actor, customers):
        campaigns = touches_before(touches[deal.customer_id], deal.opened_on)
        parts = _parts(deal, len(campaigns)) if campaigns else []
        for place, (campaign_id, part) in enumerate(zip(campaigns, parts, strict=True)):
            figures = found.get(campaign_id)
            if figures is None:
                continue
            figures.opportunities += 1
            if deal.outcome == WON:
                figures.won += 1
                add(figures.shared_won, deal.currency, part)
                if place == 0:
                    add(figures.first_won, deal.currency, deal.amount)


def _parts(deal: Deal, count: int) -> list[Decimal]:
    return shares(deal.amount, count, places_of(deal.currency))


def add(sums: Money, currency: str, amount: Decimal) -> None:
    """Add an amount to sums by currency."""
    sums[currency] = sums.get(currency, Decimal(0)) + amount


def _touches(actor: Actor) -> Mapping[uuid.UUID, list[Touch]]:
    """Return all responses by the customer behind them; those to campaigns that somebody cannot see share as well."""
    zone = ZoneInfo(actor.organization.time_zone)
    rows = CampaignMember.objects.filter(responded_at__isnull=False, campaign__deleted_at__isnull=True)
    columns = (
        "campaign_id", "responded_at", "customer_id", "contact__customer_id", "lead__customer_id",
        "made_lead__customer_id", "made_opportunity__customer_id",
    )  # fmt: skip
    found: dict[uuid.UUID, list[Touch]] = defaultdict(list)
    # Of several on one day the earlier one is the first.
    for campaign_id, at, *customers in rows.order_by("responded_at", "pk").values_list(*columns):
        for customer_id in {pk for pk in customers if pk}:
            found[customer_id].append(Touch(campaign_id, at.astimezone(zone).date()))
    return found


def _deals(actor: Actor, customers: Iterable[uuid.UUID]) -> list[Deal]:
    spec = specs_on(actor.organization).get("opportunity")
    ids = list(customers)
    if spec is None or not ids or not may(actor, spec, Action.VIEW):
        return []
    sees_amount = bool(list(presenter_for(actor, spec, []).visible(("amount",))))
    zone = ZoneInfo(actor.organization.time_zone)
    rows: Any = restrict(live_rows(actor, spec), actor, spec).filter(customer_id__in=ids)
    columns = ("pk", "customer_id", "started_on", "created_at", "outcome", "amount", "currency")
    return [
        Deal(
            pk, customer_id, started_on or created_at.astimezone(zone).date(), outcome,
            (amount or Decimal(0)) if sees_amount else Decimal(0), currency or actor.currency,
        )
        for pk, customer_id, started_on, created_at, outcome, amount, currency in rows.values_list(*columns)
    ]  # fmt: skip
