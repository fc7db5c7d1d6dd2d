"""Django application of the service app."""

from django.apps import AppConfig


class ServiceConfig(AppConfig):
    """Service."""

    name = "banyan.service"
    label = "service"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.service import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
