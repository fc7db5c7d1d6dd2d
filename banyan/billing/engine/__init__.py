"""What billing derives, set-based, and how states are changed."""
