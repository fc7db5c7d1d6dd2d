"""Segments, campaigns, mail to many, and which campaign worked."""
