"""Django application of the quotes app."""

from django.apps import AppConfig


class QuotesConfig(AppConfig):
    """Quotes."""

    name = "banyan.quotes"
    label = "quotes"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.quotes import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
