"""What can be done with segments, campaigns, their members and their mail."""
