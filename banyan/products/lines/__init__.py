"""Documents with priced lines: one declaration gives a document its editor, table, totals and interface."""
