"""Pages and dialogs of billing."""
