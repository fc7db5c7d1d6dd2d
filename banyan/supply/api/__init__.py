"""The interface to the supply chain: stock, and the steps of deliveries and purchase orders."""

from __future__ import annotations

from banyan.supply.api import deliveries, purchases, stock


def register() -> None:
    """Add the paths to the interface."""
    stock.register()
    deliveries.register()
    purchases.register()
