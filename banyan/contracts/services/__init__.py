"""What people do with contracts."""
