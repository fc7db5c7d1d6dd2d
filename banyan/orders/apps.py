"""Django application of the orders app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Products and orders."""

    name = "banyan.orders"
    label = "orders"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.orders import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
