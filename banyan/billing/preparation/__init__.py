"""What billing derives and refuses while its records pass the one door for writes."""
