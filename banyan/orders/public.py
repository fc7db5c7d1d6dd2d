"""The front door of the orders app for apps above it."""

from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.models import Order, OrderLine
from banyan.orders.services import place_order

__all__ = ["CLOSED_STATUSES", "Order", "OrderLine", "place_order"]
