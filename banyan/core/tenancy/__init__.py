"""Organizations and the scope of a transaction."""
