"""Pages of quotes, and what customers see of them."""
