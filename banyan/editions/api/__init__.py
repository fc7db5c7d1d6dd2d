"""What programs may ask of editions."""

from banyan.editions.api import modules


def register() -> None:
    """Add the paths to the interface."""
    modules.register()
