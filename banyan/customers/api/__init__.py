"""What the REST interface does with customers beside reading and changing them."""
