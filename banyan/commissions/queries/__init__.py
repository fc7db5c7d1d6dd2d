"""What the commissions app looks up."""
