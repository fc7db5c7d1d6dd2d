"""The text inside files: taken out in a process of its own, stored, searched and shown."""
