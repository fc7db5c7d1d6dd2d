"""Pages of processes: the path and the guide on records, the dialog of a move, and the editor."""
