"""Django application of the sales app."""

from django.apps import AppConfig


class SalesConfig(AppConfig):
    """Pipelines and opportunities."""

    name = "banyan.sales"
    label = "sales"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.sales import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
