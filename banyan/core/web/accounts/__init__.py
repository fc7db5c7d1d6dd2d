"""Signing in and out, joining, and passwords."""
