"""Currencies with dated rates, fiscal years and taxes."""
