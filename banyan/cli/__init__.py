"""The command line: ``banyan COMMAND``."""

from banyan.cli.main import main

__all__ = ["main"]
