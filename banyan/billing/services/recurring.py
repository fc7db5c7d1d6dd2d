"""Recurring revenue by month, added up from the movements of subscriptions: each month begins where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from banyan.billing.models import RevenueMovement
from banyan.billing.rules import later
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.money.rules import ZERO


@dataclass
class Month:
    """Recurring revenue of one month in one currency."""

    first: date
    opening: Decimal = ZERO
    new: Decimal = ZERO
    expansion: Decimal = ZERO
    contraction: Decimal = ZERO
    churn: Decimal = ZERO

    @property
    def closing(self) -> Decimal:
        """Return what the month ended with."""
        return self.opening + self.new + self.expansion - self.contraction - self.churn


def months_of(actor: Actor, day: date, count: int) -> dict[str, list[Month]]:
    """Return the last months up to that of a day, by currency, of the subscriptions that the actor may see."""
    spec = spec_for(actor.organization, "subscription")
    seen = restrict(live_rows(actor, spec), actor, spec)
    first = later(day.replace(day=1), 1 - count, anchor=1)
    end = later(day.replace(day=1), 1, anchor=1) - timedelta(days=1)
    rows = RevenueMovement.objects.filter(subscription__in=seen, on__lte=end).order_by("on", "at", "id")
    found: dict[str, list[Month]] = {}
    for row in rows:
        months = found.setdefault(row.currency, list(_months(first, count)))
        _add(months, row, first)
    for months in found.values():
        for before, after in pairwise(months):
            after.opening = before.closing
    return found


def _months(first: date, count: int) -> Iterator[Month]:
    for index in range(count):
        yield Month(later(first, index, anchor=1))


def _add(months: list[Month], row: RevenueMovement, first: date) -> None:
    change = row.after - row.before
    if row.on < first:
        months[0].opening += change
        return
    month = months[(row.on.year - first.year) * 12 + row.on.month - first.month]
    setattr(month, row.kind, getattr(month, row.kind) + abs(change))
