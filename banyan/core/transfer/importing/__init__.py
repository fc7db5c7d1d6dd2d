"""Importing: propose a plan for a file, carry it out in restartable pieces, mend and undo."""
