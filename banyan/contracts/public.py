"""The front door of the contracts app for apps above it."""
