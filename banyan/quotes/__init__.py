"""Quotes in versions, accepted by the customer."""
