"""Changes of rates, taxes and the fiscal year."""
