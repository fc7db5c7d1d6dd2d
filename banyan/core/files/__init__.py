"""Files: storage, content checks and permission to read."""
