"""Moving in from another system: its exports become records, with links, people and history."""
