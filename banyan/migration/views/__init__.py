"""Pages of the migration assistant."""
