"""Object specifications, field kinds, the registry, custom fields and pick lists."""
