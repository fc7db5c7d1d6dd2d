"""Everything of an organization in one ZIP file of open formats: to keep, to read, or to move elsewhere."""
