"""Warehouses, stock, deliveries and purchases."""
