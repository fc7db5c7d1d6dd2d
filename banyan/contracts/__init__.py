"""Contracts, their terms and renewals."""
