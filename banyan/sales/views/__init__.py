"""Pages of the sales app beside the generic ones."""
