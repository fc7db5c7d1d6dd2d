"""Forms of the editions app."""
