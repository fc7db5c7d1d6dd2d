"""Pages for every object, components and the web shell."""
