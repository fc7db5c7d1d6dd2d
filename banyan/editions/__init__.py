"""Editions as sets of modules."""
