"""The front door of the forecasts app for apps above it."""
