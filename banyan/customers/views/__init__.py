"""Pages and parts of pages of the customers app."""
