"""The one door for writes: change log, recycle bin, bulk changes, undo and merge."""
