"""Background and periodic work inside PostgreSQL."""
