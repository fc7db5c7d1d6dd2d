"""What the orders app shows on orders and on other pages."""
