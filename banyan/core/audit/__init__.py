"""Who did what: an append-only log whose rows, and those of the change log, are sealed into a chain of hashes."""
