"""The front door of the orders app for apps above it."""

from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.models import Order, OrderLine, Product
from banyan.orders.services import place_order, replace_lines

__all__ = ["CLOSED_STATUSES", "Order", "OrderLine", "Product", "place_order", "replace_lines"]
