"""What the sales app shows on other pages."""
