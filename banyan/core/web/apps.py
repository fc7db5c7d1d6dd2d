"""Django application of the web room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages for every object, components and the web shell."""

    name = "banyan.core.web"
    label = "web"

    def ready(self) -> None:
        """Register the settings pages and the panel of files."""
        from banyan.core.web.files.panel import register_panel  # noqa: PLC0415 models are ready only now
        from banyan.core.web.settings import wiring  # noqa: PLC0415

        wiring.register()
        register_panel()
