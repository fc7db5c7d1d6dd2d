"""Django application of the customers app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers, contacts, follow-ups."""

    name = "banyan.customers"
    label = "customers"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.customers import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
