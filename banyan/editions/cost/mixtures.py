"""Single modules on top of an edition: which are paid for, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from banyan.core.objects.modules import modules, with_required
from banyan.editions.cost.loading import EDITIONS, free_modules, single_prices

ZERO = Decimal(0)


def beyond(edition: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return what an edition lacks of some modules and of all that they require, in the order in which they are known."""
    wanted = with_required(names)
    return tuple(module.name for module in modules if module.name in wanted and edition not in module.editions)


def paid_singly(edition: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of some modules that are paid for on top of an edition."""
    return tuple(name for name in beyond(edition, names) if price_of_single(name, "CNY"))


def first_edition(name: str) -> str:
    """Return the smallest edition that has a module."""
    return min(modules[name].editions, key=EDITIONS.index)


def price_of_single(name: str, currency: str) -> Decimal:
    """Return what a module costs a user and month on top of an edition; in CNY where there is no price in a currency."""
    if name in free_modules() or name not in modules or not modules[name].editions:
        return ZERO
    prices = single_prices().get(first_edition(name), {})
    return prices.get(currency, prices.get("CNY", ZERO))


def surcharge(edition: str, names: Iterable[str], currency: str) -> Decimal:
    """Return what modules that an edition lacks cost a user and month together."""
    return sum((price_of_single(name, currency) for name in beyond(edition, names)), ZERO)
