"""Django application of the marketing app."""

from django.apps import AppConfig


class MarketingConfig(AppConfig):
    """Segments and campaigns."""

    name = "banyan.marketing"
    label = "marketing"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.marketing import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
