"""Pages of the editions app: what it costs, which edition fits, and what an organization uses."""
