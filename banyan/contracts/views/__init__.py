"""Pages of contracts beside the generic ones."""
