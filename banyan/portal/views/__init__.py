"""Pages: what visitors see, and what the organization does with links."""
