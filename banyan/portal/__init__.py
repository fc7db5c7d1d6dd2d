"""Pages for people of other companies, reached through a link."""
