"""What programs may ask of editions."""

from banyan.editions.api import cost


def register() -> None:
    """Add the paths to the interface."""
    cost.register()
