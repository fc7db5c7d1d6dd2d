"""The front door of the commissions app for apps above it."""
