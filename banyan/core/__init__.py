"""The machine that every business app stands on; it knows no business object."""
