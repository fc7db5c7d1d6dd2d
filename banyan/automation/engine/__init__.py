"""How rules are run: matching events, working runs off, guarding, delivering."""
