"""Targets and forecasts."""
