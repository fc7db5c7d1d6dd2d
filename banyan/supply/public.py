"""The front door of the supply app for apps above it."""
