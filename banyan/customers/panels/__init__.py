"""What the customers app shows on other pages."""
