"""The front door of the products app for apps above it."""
