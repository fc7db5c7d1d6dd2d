"""Pre-built reports: each a few tables of figures, with charts, in which every number opens the records behind it."""
