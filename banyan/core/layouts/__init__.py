"""Record types, and how pages and forms of records are laid out by type, role and device."""
