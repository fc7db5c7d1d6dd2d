"""Help within the product: the user guide, error codes, and the REST interface in a readable form."""
