"""Tasks, comments, mentions and notifications; they attach to any record."""
