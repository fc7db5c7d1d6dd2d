"""Converting amounts by exchange rates: pure arithmetic over the rates of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal

from babel import Locale

#: Cross rates are kept to so many digits, so that no amount that fits a column loses a cent by them.
PRECISION = Context(prec=34)
ONE = Decimal(1)
#: What a rate may be; beyond, somebody mistyped.
LEAST_RATE, MOST_RATE = Decimal("0.0000000001"), Decimal(1_000_000_000)
RATE_PLACES = 10


class UnknownRate(Exception):
    """There is no rate for a currency."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency


@dataclass(frozen=True)
class RatesOfDay:
    """What one unit of each currency is worth in ``base``, so that any two can be compared across it."""

    base: str
    values: Mapping[str, Decimal] = field(default_factory=dict)

    def value_of(self, currency: str) -> Decimal:
        """Return what one unit of a currency is worth in the base; raise ``UnknownRate``."""
        if not currency or currency == self.base:
            return ONE
        try:
            return self.values[currency]
        except KeyError:
            raise UnknownRate(currency) from None

    def factor(self, source: str, target: str) -> Decimal:
        """Return what one unit of ``source`` is worth in ``target``; an empty currency is the base."""
        if (source or self.base) == (target or self.base):
            return ONE
        return PRECISION.divide(self.value_of(source), self.value_of(target))

    def exactly(self, amount: Decimal, source: str, target: str) -> Decimal:
        """Return an amount in another currency before rounding."""
        return PRECISION.multiply(amount, self.factor(source, target))


def known_currency(code: str) -> bool:
    """Say whether a text is the code of a currency of ISO 4217 that is in use or was."""
    return len(code) == 3 and code.isascii() and code.isupper() and code in Locale("en").currencies
