"""The front door of the portal app for apps above it."""
