"""What an organization chooses about its supply chain; kept beside its other settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from banyan.core.tenancy.models import Organization
from banyan.supply.choices import Shortage, StockOwner

SETTING = "supply"


@dataclass(frozen=True)
class SupplySetting:
    """How an organization works with stock.

    ``handling_days`` is how long it takes from goods in the warehouse to goods sent, ``tolerance`` how many per cent more
    than ordered a supplier may deliver.
    """

    stock_owner: str = StockOwner.HERE.value
    shortage: str = Shortage.BACKORDER.value
    handling_days: int = 1
    tolerance: int = 0

    @property
    def is_mirror(self) -> bool:
        """Say whether another system keeps the stock."""
        return self.stock_owner == StockOwner.ELSEWHERE.value


def supply_setting(organization: Organization) -> SupplySetting:
    """Return what the organization has chosen, with the product's own choice for the rest."""
    stored: dict[str, Any] = organization.settings.get(SETTING) or {}
    known = {field.name for field in fields(SupplySetting)}
    return SupplySetting(**{name: value for name, value in stored.items() if name in known})


def as_stored(setting: SupplySetting) -> dict[str, Any]:
    """Return a choice as it is stored."""
    return asdict(setting)
