"""Pages and parts of pages of the teamwork app."""
