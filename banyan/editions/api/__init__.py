"""What programs may ask of editions."""

from banyan.editions.api import advice, cost, licence, modules


def register() -> None:
    """Add the paths to the interface."""
    cost.register()
    advice.register()
    modules.register()
    licence.register()
