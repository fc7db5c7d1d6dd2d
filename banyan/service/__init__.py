"""Service: tickets with promised times, the conversation with customers, and what is known already."""
