"""Work on more records than a request can wait for, in the background."""
