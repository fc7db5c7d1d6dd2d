"""Forms of the analytics app."""
