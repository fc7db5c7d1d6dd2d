"""Pages of the business rules."""
