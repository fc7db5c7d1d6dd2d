"""What is done with tickets and articles."""
