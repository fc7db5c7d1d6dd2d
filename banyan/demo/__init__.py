"""Demo organizations made from real data."""
