"""The front door of the billing app for apps above it."""

from banyan.billing.models import Allocation, Payment

__all__ = ["Allocation", "Payment"]
