"""Django application of the web room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages for every object, components and the web shell."""

    name = "banyan.core.web"
    label = "web"

    def ready(self) -> None:
        """Register the settings pages."""
        from banyan.core.web.settings import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
