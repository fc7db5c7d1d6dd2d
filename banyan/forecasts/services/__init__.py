"""What people do with targets and forecasts."""
