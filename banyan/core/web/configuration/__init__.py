"""Pages of the configuration as a file: export, look at differences, apply, former states, trial copies."""
