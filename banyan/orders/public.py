"""The front door of the orders app for apps above it."""

from banyan.orders.choices import CLOSED_STATUSES, RUNNING_STATUSES, OrderStatus, Resolution, ReturnStatus
from banyan.orders.models import Order, OrderChange, OrderLine, OrderReturn, ReturnLine
from banyan.orders.queries import contract_use, quantities_of, return_lines_of
from banyan.orders.references import (
    ConfirmCheck,
    Confirming,
    DeliveryKeeper,
    Floor,
    cancel_checks,
    confirm_checks,
    crediting_modules,
    delivery_modules,
    line_floors,
    return_receivers,
)
from banyan.orders.services.delivering import record_delivered
from banyan.orders.services.placing import place_order
from banyan.orders.services.returning import approve as approve_return
from banyan.orders.services.returning import mark_credited, request_return
from banyan.orders.services.returning import receive as receive_return
from banyan.orders.services.steps import cancel, confirm

__all__ = [
    "CLOSED_STATUSES",
    "RUNNING_STATUSES",
    "ConfirmCheck",
    "Confirming",
    "DeliveryKeeper",
    "Floor",
    "Order",
    "OrderChange",
    "OrderLine",
    "OrderReturn",
    "OrderStatus",
    "Resolution",
    "ReturnLine",
    "ReturnStatus",
    "approve_return",
    "cancel",
    "cancel_checks",
    "confirm",
    "confirm_checks",
    "contract_use",
    "crediting_modules",
    "delivery_modules",
    "line_floors",
    "mark_credited",
    "place_order",
    "quantities_of",
    "receive_return",
    "record_delivered",
    "request_return",
    "return_lines_of",
    "return_receivers",
]
