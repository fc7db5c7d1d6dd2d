"""Products, prices and the lines of documents."""
