"""Duties towards the people whose data is kept: consents, their requests, erasure, retention, the register of processing."""
