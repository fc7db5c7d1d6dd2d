"""Pages of leads beside those that every object has."""
