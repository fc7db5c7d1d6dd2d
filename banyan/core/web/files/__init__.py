"""Pages of files: the panel on a record, uploading, downloading, removing and bringing back."""
