"""Licences: seats and guests, trials, prices and what the next invoice would be. Limits are advice, never locks."""
