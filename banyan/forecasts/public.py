"""The front door of the forecasts app for apps above it."""

from banyan.forecasts.models import ForecastSnapshot, ForecastSubmission, Target
from banyan.forecasts.queries.forecast import roll_up
from banyan.forecasts.services.forecasts import adjust, submit, take_snapshots

__all__ = ["ForecastSnapshot", "ForecastSubmission", "Target", "adjust", "roll_up", "submit", "take_snapshots"]
