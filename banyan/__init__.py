"""Banyan CRM: one customer relationship management system for five people and for five thousand."""

__version__ = "0.1.0"
