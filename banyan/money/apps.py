"""Django application of the money app."""

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    """Currencies, fiscal years, taxes."""

    name = "banyan.money"
    label = "money"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.money import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
