"""Accounts, users, departments, sessions and API tokens."""
