"""Warehouses, stock, what orders hold of it, deliveries and purchases.

The row of ``StockedProduct`` is the lock of everything about a product's stock: whoever changes levels, balances, needs
or reservations holds it, taken in order of the products (``engine.locking``).
"""

from __future__ import annotations

from banyan.supply.models.counting import StockCount, StockCountLine
from banyan.supply.models.deliveries import Carrier, Delivery, DeliveryLine, DeliveryPick
from banyan.supply.models.needs import Demand, Reservation
from banyan.supply.models.purchases import PurchaseOrder, PurchaseOrderLine, PurchaseRequest, Supplier, SupplierItem
from banyan.supply.models.stock import (
    Balance,
    Lot,
    Place,
    SerialNumber,
    StockedProduct,
    StockLevel,
    StockMove,
    Warehouse,
)

__all__ = [
    "Balance",
    "Carrier",
    "Delivery",
    "DeliveryLine",
    "DeliveryPick",
    "Demand",
    "Lot",
    "Place",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseRequest",
    "Reservation",
    "SerialNumber",
    "StockCount",
    "StockCountLine",
    "StockLevel",
    "StockMove",
    "StockedProduct",
    "Supplier",
    "SupplierItem",
    "Warehouse",
]
