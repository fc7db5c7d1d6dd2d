"""The front door of the supply app for apps above it.

All stock moves go through ``move_stock``; ``mirror_stock`` is the door of a system that keeps the stock itself.
``serial_facts`` tells where a piece is, whose it is, and until when it has warranty.
"""

from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.moves import Move
from banyan.supply.models import (
    Delivery,
    DeliveryLine,
    Demand,
    PurchaseOrder,
    PurchaseOrderLine,
    SerialNumber,
    StockLevel,
    Supplier,
    SupplierItem,
    Warehouse,
)
from banyan.supply.queries import warehouses
from banyan.supply.services.deliveries import (
    Pick,
    confirm_arrival,
    pick_delivery,
    plan_delivery,
    proposed_picks,
    ship_delivery,
)
from banyan.supply.services.purchasing import Received, Wanted, order_wanted, receive, set_status
from banyan.supply.services.returns import serial_facts
from banyan.supply.services.stock import (
    Mirrored,
    book,
    first_place,
    keep_stock,
    mirror_stock,
    save_carriers,
    save_setting,
    set_minimum,
)
from banyan.supply.services.suppliers import make_supplier, set_conditions

__all__ = [
    "Delivery",
    "DeliveryLine",
    "Demand",
    "Mirrored",
    "Move",
    "Pick",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Received",
    "SerialNumber",
    "StockLevel",
    "Supplier",
    "SupplierItem",
    "Wanted",
    "Warehouse",
    "book",
    "confirm_arrival",
    "first_place",
    "keep_stock",
    "make_supplier",
    "mirror_stock",
    "move_stock",
    "order_wanted",
    "pick_delivery",
    "plan_delivery",
    "proposed_picks",
    "receive",
    "save_carriers",
    "save_setting",
    "serial_facts",
    "set_conditions",
    "set_minimum",
    "set_status",
    "ship_delivery",
    "warehouses",
]
