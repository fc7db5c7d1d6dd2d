"""Links, visits and what is said at them."""
