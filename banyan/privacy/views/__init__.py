"""Pages of the privacy app beside the generic ones."""
