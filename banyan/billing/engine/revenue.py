"""Recurring revenue: every change of what a subscription brings a month is noted once."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

from banyan.billing.choices import SubscriptionState
from banyan.billing.models import RevenueMovement, Subscription
from banyan.billing.rules import movement
from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization
from banyan.money.rules import ZERO


def note_movements(organization_id: uuid.UUID, ids: Collection[uuid.UUID], _actor_id: uuid.UUID | None) -> None:
    """Note what changed since the last movement of each subscription; a new one counts from its start."""
    last: dict[uuid.UUID, RevenueMovement] = {}
    for noted in RevenueMovement.objects.filter(subscription__in=ids).order_by("at", "id"):
        last[noted.subscription_id] = noted
    zone = Organization.objects.only("time_zone").get(pk=organization_id).time_zone
    day = today(zone)
    made = []
    for row in Subscription.objects.filter(pk__in=ids).order_by("pk"):
        before = last[row.pk].after if row.pk in last else ZERO
        is_on = row.state == SubscriptionState.ACTIVE and row.deleted_at is None
        after = row.monthly_amount if is_on else ZERO
        kind = movement(before, after)
        if kind == "churn" and row.state == SubscriptionState.PAUSED:
            kind = "contraction"
        if kind == "new" and row.pk in last:
            kind = "expansion"
        if kind:
            made.append(
                RevenueMovement(
                    organization_id=organization_id, subscription=row, on=_day_of(row, last.get(row.pk), day),
                    kind=kind, before=before, after=after, currency=row.currency,
                )
            )  # fmt: skip
    RevenueMovement.objects.bulk_create(made)


def _day_of(row: Subscription, last: RevenueMovement | None, day: date) -> date:
    """Return the day on which a change counts: the start of a new one, the end of a finished one, else today."""
    if last is None and row.starts_on:
        return row.starts_on
    earliest = last.on if last is not None else day
    if row.state in {SubscriptionState.CANCELLED, SubscriptionState.ENDED} and row.ends_on:
        return max(row.ends_on, earliest)
    return max(day, earliest)
