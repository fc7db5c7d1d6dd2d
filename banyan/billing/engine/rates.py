"""What one currency is worth in another on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.core.tenancy.models import Organization
from banyan.money.public import NoRate, rate_on
from banyan.money.rules import rounded


def rate(organization: Organization, source: str, target: str, day: date) -> Decimal:
    """Return what one unit of a currency is worth in another; raise ``NoRate`` when nobody has said so."""
    return Decimal(1) if source == target else rate_on(organization, source, target, day)


@dataclass(frozen=True)
class Sum:
    """An amount in a currency on a day."""

    amount: Decimal
    currency: str
    day: date


def difference(organization: Organization, got: Sum, owed: Sum) -> Decimal:
    """Return what is gained by changed rates, in the organization's currency; nothing where rates are not known.

    What came in is worth what the day of the payment says, what it pays what the day of the order says.
    """
    own = organization.currency
    if got.currency == owed.currency == own:
        return Decimal(0)
    try:
        worth = [rounded(each.amount * rate(organization, each.currency, own, each.day)) for each in (got, owed)]
    except NoRate:
        return Decimal(0)
    return worth[0] - worth[1]
