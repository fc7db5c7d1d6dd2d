"""Data keys of organizations, sealed values and the fingerprints by which they are found."""
