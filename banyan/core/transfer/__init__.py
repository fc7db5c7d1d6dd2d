"""Import and export of records from and to files."""
