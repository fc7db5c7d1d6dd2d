"""Leads, from their first sign to a customer."""
