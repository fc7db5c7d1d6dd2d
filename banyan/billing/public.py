"""The front door of the billing app for apps above it."""
