"""What people do when they move in: deliver files, look and correct, try, carry out, take back, report."""
