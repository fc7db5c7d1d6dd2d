"""Pages of orders beside the generic ones."""
