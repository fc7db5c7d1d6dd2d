"""The pages of statistics and reports."""
