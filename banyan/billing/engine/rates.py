"""What one currency is worth in another on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from banyan.billing.rules import rounded
from banyan.core.tenancy.models import Organization
from banyan.money.public import NoRate, rate_on


def rate(organization: Organization, source: str, target: str, day: date) -> Decimal:
    """Return what one unit of a currency is worth in another; raise ``NoRate`` when nobody has said so."""
    return Decimal(1) if source == target else rate_on(organization, source, target, day)


def difference(
    organization: Organization, *, amount: Decimal, currency: str, paid_on: date, order_amount: Decimal,
    order_currency: str, ordered_on: date,
) -> Decimal:  # fmt: skip
    """Return what is gained by changed rates, in the organization's currency; nothing where rates are not known.

    What came in is worth what the day of the payment says, what it pays what the day of the order says.
    """
    own = organization.currency
    if currency == order_currency == own:
        return Decimal(0)
    try:
        got = rounded(amount * rate(organization, currency, own, paid_on))
        owed = rounded(order_amount * rate(organization, order_currency, own, ordered_on))
    except NoRate:
        return Decimal(0)
    return got - owed
