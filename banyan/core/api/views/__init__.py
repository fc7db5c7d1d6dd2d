"""The interface's own views: records, bulk work, people, search and undo."""
