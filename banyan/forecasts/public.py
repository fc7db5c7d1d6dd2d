"""The front door of the forecasts app for apps above it."""

from banyan.forecasts.models import Target
from banyan.forecasts.queries.forecast import roll_up
from banyan.forecasts.services.forecasts import take_snapshots

__all__ = ["Target", "roll_up", "take_snapshots"]
