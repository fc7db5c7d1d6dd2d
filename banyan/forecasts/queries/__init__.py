"""What the forecasts app looks up."""
