"""Rules that an organization sets for its records: what must hold, what counts as a duplicate, who gets what."""
