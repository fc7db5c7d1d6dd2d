"""The configuration of an organization as a document: written, read, laid over one another, compared and applied."""
