"""The parts of the configuration that belong to rooms of the core."""
