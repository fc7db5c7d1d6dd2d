"""Pages of stock, deliveries and purchases."""
