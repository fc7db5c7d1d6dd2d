"""Settings pages of the money app."""
