"""Django application of the configuration room."""

from django.apps import AppConfig


class ConfigurationConfig(AppConfig):
    """The configuration as a document."""

    name = "banyan.core.configuration"
    label = "configuration"

    def ready(self) -> None:
        """Register the parts that every organization has."""
        from banyan.core.configuration.wiring import register_own_parts  # noqa: PLC0415 only now are all models loaded

        register_own_parts()
