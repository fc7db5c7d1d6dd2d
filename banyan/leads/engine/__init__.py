"""What is worked out of leads: their scores."""
