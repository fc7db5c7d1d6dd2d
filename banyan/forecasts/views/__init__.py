"""Pages of targets and forecasts."""
