"""Django application of the layouts room."""

from django.apps import AppConfig


class LayoutsConfig(AppConfig):
    """Record types and layouts."""

    name = "banyan.core.layouts"
    label = "layouts"

    def ready(self) -> None:
        """Let specifications know their types and layouts, and let the one door ask them."""
        from banyan.core.layouts import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
