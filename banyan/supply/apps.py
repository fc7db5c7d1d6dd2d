"""Django application of the supply app."""

from django.apps import AppConfig


class SupplyConfig(AppConfig):
    """Stock, deliveries, purchases."""

    name = "banyan.supply"
    label = "supply"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.supply import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
