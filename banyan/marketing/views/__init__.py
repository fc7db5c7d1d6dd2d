"""Pages of segments, campaigns and mail, and those for people outside."""
