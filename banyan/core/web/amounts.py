"""Sums of money as pages write them: currency by currency, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from banyan.core.access.actor import Actor
from banyan.core.objects.kinds import Money
from banyan.core.records.drafts import reading_for


def amounts_text(actor: Actor, sums: Mapping[str, Decimal], *, is_whole: bool = True, with_cents: bool = False) -> str:
    """Return amounts of several currencies as one text, such as "¥1,200 + $30".

    Args:
        actor: The reader.
        sums: The amounts by currency; an empty currency is the organization's.
        is_whole: Whether to round to whole units, as headlines do.
        with_cents: Whether whole amounts have decimals, too, as beside others that are not whole.

    Returns:
        The text; without any amount, zero in the organization's currency.
    """
    reading, kind = reading_for(actor), Money()
    filled = {currency: amount for currency, amount in sums.items() if amount} or {actor.currency: Decimal(0)}
    return " + ".join(
        kind.display(
            amount.quantize(Decimal(1), rounding="ROUND_HALF_UP") if is_whole else amount,
            replace(reading, currency=currency or actor.currency),
            with_cents=with_cents,
        )
        for currency, amount in filled.items()
    )
