"""Django application of the API room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST interface."""

    name = "banyan.core.api"
    label = "api"

    def ready(self) -> None:
        """Register the paths that the interface has by itself."""
        from banyan.core.api.wiring import register_own_routes  # noqa: PLC0415 views need loaded models

        register_own_routes()
