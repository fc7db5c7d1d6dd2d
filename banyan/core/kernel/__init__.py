"""Errors, money, clock, ids, text rules, typed registries and the event bus: no model, no HTTP."""
