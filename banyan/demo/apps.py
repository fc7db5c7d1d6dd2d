"""Django application of the demo organizations."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Demo organizations."""

    name = "banyan.demo"
    label = "demo"

    def ready(self) -> None:
        """Offer the demo in the guide."""
        from banyan.demo import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
