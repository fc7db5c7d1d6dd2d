"""The front door of the documents app for apps above it."""
