"""The front door of the money app for apps above it."""
