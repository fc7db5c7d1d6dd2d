"""The front door of the quotes app for apps above it."""
