"""What rules and flows mean, without database or web."""
