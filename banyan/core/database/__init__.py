"""The embedded server, roles, row-level security, backup and restore."""
