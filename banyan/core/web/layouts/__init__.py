"""Pages of record types and layouts, and forms and records as layouts arrange them."""
