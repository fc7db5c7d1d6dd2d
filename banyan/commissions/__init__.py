"""Commissions by plan."""
