"""Customers, contacts, follow-ups, relationships and duplicates."""
