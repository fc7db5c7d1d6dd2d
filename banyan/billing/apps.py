"""Django application of the billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Payments, invoices, subscriptions."""

    name = "banyan.billing"
    label = "billing"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.billing import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
