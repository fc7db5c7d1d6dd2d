"""Django application of the privacy app."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Duties towards the people whose data is kept."""

    name = "banyan.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Register objects, panels and pages."""
        from banyan.privacy import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
