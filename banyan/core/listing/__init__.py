"""Filters, sorting, keyset pages, saved views and totals."""
