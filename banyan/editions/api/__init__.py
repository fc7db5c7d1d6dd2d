"""What programs may ask of editions."""

from banyan.editions.api import licence, modules


def register() -> None:
    """Add the paths to the interface."""
    modules.register()
    licence.register()
