"""Pages of papers, and of the letterhead and texts in the settings."""
