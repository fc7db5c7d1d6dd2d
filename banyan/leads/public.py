"""The front door of the leads app for apps above it."""
