"""What people do with stock, deliveries and purchases."""
