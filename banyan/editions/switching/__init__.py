"""Choosing editions and modules: what comes and goes, before it does; and how one begins with what is new."""
