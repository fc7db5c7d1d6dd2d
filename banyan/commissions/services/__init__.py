"""What people do with commissions."""
