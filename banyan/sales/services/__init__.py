"""What people do in sales."""
