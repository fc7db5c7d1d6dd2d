"""Pages of products beside the generic ones."""
