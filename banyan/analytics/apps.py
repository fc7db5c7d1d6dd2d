"""Django application of the analytics app."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Statistics."""

    name = "banyan.analytics"
    label = "analytics"

    def ready(self) -> None:
        """Register pages and panels."""
        from banyan.analytics import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
