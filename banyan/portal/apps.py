"""Django application of the portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Links and pages for people without an account."""

    name = "banyan.portal"
    label = "portal"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.portal import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
